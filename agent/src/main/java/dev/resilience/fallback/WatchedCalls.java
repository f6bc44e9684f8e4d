package dev.resilience.fallback;

import dev.resilience.log.AgentLog;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A store of calls that tells of each one that comes to need a person, on the instance where it does. Thread-safe. */
public final class WatchedCalls implements CallStore {

    private final CallStore calls;
    private volatile @Nullable Consumer<CallView> listener;

    public WatchedCalls(CallStore calls) {
        this.calls = calls;
    }

    /** @param listener told when a call for review is durable, on any thread; must not wait */
    public void onReview(Consumer<CallView> listener) {
        this.listener = listener;
    }

    @Override
    public CompletionStage<Added> add(QueuedCall call, int most) {
        CompletionStage<Added> added = calls.add(call, most);
        return call.reason() == null
                ? added
                : added.thenApply(outcome -> {
                    if (outcome == Added.KEPT) {
                        arrived(call);
                    }
                    return outcome;
                });
    }

    @Override
    public CompletionStage<Boolean> settle(Held held, Verdict verdict) {
        CompletionStage<Boolean> settled = calls.settle(held, verdict);
        return !(verdict instanceof Review review)
                ? settled
                : settled.thenApply(changed -> {
                    if (changed) {
                        arrived(review.call());
                    }
                    return changed;
                });
    }

    @Override
    public CompletionStage<Boolean> expire(QueuedCall call) {
        return calls.expire(call).thenApply(expired -> {
            if (expired) {
                arrived(call);
            }
            return expired;
        });
    }

    private void arrived(QueuedCall call) {
        Consumer<CallView> told = listener;
        try {
            if (told != null) {
                told.accept(CallView.of(call));
            }
        } catch (RuntimeException failure) {
            AgentLog.warn("review-listener", "a listener of reviews failed", failure);
        }
    }

    @Override
    public CompletionStage<?> queueUp(String service, String order) {
        return calls.queueUp(service, order);
    }

    @Override
    public CompletionStage<Set<String>> services() {
        return calls.services();
    }

    @Override
    public CompletionStage<Set<String>> named() {
        return calls.named();
    }

    @Override
    public CompletionStage<List<Held>> hold(String service, int most, Duration lease) {
        return calls.hold(service, most, lease);
    }

    @Override
    public CompletionStage<List<QueuedCall>> list(Place place, String service, int offset, int limit) {
        return calls.list(place, service, offset, limit);
    }

    @Override
    public CompletionStage<Long> size(Place place, String service) {
        return calls.size(place, service);
    }

    @Override
    public CompletionStage<Long> critical(String service) {
        return calls.critical(service);
    }

    @Override
    public CompletionStage<@Nullable QueuedCall> find(Place place, String id) {
        return calls.find(place, id);
    }

    @Override
    public CompletionStage<Boolean> hasten(String id) {
        return calls.hasten(id);
    }

    @Override
    public CompletionStage<Boolean> requeue(QueuedCall call) {
        return calls.requeue(call);
    }

    @Override
    public CompletionStage<Boolean> remove(Place place, String id) {
        return calls.remove(place, id);
    }

    @Override
    public CompletionStage<List<QueuedCall>> unannounced(String service, int most, Duration lease) {
        return calls.unannounced(service, most, lease);
    }

    @Override
    public CompletionStage<?> announced(String service, List<String> ids) {
        return calls.announced(service, ids);
    }

    @Override
    public long repeats(String service) {
        return calls.repeats(service);
    }

    @Override
    public boolean isUnused() {
        return calls.isUnused();
    }

    @Override
    public void tend() {
        calls.tend();
    }
}
