package dev.resilience.fallback;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One link of an endpoint's fallback chain. Thread-safe. */
public interface Strategy {

    /** As in the {@code X-Resilience-Fallback} mark: {@code stale_cache}, {@code respond} … */
    String name();

    /**
     * Answers in place of a call, on whatever thread that takes: never waits on the caller's.
     *
     * @return completes with null when there is no answer, exceptionally when the strategy itself failed; the next link is
     *     asked in both cases. An HTTP answer carries the marks already.
     */
    CompletionStage<@Nullable Answer> answer(Request request, Trouble trouble);

    /** Whether it would want to know such a request's body. */
    default boolean readsBody(Request.Http request) {
        return false;
    }
}
