package dev.resilience.fallback;

import dev.resilience.breaker.StoreAway;
import dev.resilience.log.AgentLog;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An endpoint's strategies, asked in the order declared until one has an answer. Immutable. */
public final class FallbackChain {

    public static final FallbackChain EMPTY = new FallbackChain(List.of());

    private final List<Strategy> strategies;

    public FallbackChain(List<Strategy> strategies) {
        this.strategies = List.copyOf(strategies);
    }

    public boolean isEmpty() {
        return strategies.isEmpty();
    }

    /** The link that keeps good answers, or null. */
    public @Nullable StaleCache staleCache() {
        for (Strategy strategy : strategies) {
            if (strategy instanceof StaleCache cache) {
                return cache;
            }
        }
        return null;
    }

    /**
     * Answers in place of a call; never waits.
     *
     * @param missed told the name of each strategy that had no answer or failed, before the next is asked
     * @return completes normally always, with null when no link has an answer
     */
    public CompletionStage<@Nullable Answer> answer(Request request, Trouble trouble, Consumer<String> missed) {
        if (!(request instanceof Request.Http http) || !readsBody(http)) {
            return ask(0, request, trouble, missed);
        }
        // Before the first is asked: this is the thread on which a body may be written.
        return gathered(http).handle((body, unknown) -> body).thenCompose(body -> ask(0, request, trouble, missed));
    }

    private boolean readsBody(Request.Http request) {
        for (Strategy strategy : strategies) {
            if (strategy.readsBody(request)) {
                return true;
            }
        }
        return false;
    }

    private static CompletionStage<?> gathered(Request.Http request) {
        try {
            return request.gathered();
        } catch (RuntimeException failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private CompletionStage<@Nullable Answer> ask(int link, Request request, Trouble trouble, Consumer<String> missed) {
        if (link == strategies.size()) {
            return CompletableFuture.completedFuture(null);
        }
        Strategy strategy = strategies.get(link);
        CompletionStage<@Nullable Answer> asked;
        try {
            asked = strategy.answer(request, trouble);
        } catch (RuntimeException failure) {
            asked = CompletableFuture.failedFuture(failure);
        }
        return asked.handle((answer, failure) -> {
                    if (failure != null && !StoreAway.isRootOf(failure)) {
                        AgentLog.warn(
                                "fallback-" + strategy.name(), "the fallback " + strategy.name() + " failed", failure);
                    }
                    return answer;
                })
                .thenCompose(answer -> {
                    if (answer != null) {
                        return CompletableFuture.completedFuture(answer);
                    }
                    missed.accept(strategy.name());
                    return ask(link + 1, request, trouble, missed);
                });
    }
}
