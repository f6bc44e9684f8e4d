package dev.resilience.store;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.BreakerStore;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Reply;
import dev.resilience.breaker.Report;
import dev.resilience.breaker.Snapshot;
import dev.resilience.breaker.StoreMode;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * Makes a remote store answer before its methods return, and tell on the caller's thread, so that a test under fake time
 * can use it. What a script told is heard before its reply: both come over the same connection.
 */
final class AtOnce implements BreakerStore {

    private final BreakerStore store;
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
    private final Queue<Snapshot> heard = new ConcurrentLinkedQueue<>();

    AtOnce(BreakerStore store) {
        this.store = store;
        store.watch(new Watcher() {
            @Override
            public void changed(Snapshot snapshot) {
                heard.add(snapshot);
            }

            @Override
            public void modeChanged(StoreMode mode) {
                // Looked at when it matters.
            }
        });
    }

    @Override
    public StoreMode mode() {
        return store.mode();
    }

    @Override
    public CompletionStage<Reply> report(String service, BreakerSettings settings, Report report) {
        return answered(store.report(service, settings, report));
    }

    @Override
    public CompletionStage<Reply> acquire(String service, BreakerSettings settings, long epoch, String lease) {
        return answered(store.acquire(service, settings, epoch, lease));
    }

    @Override
    public CompletionStage<Reply> settle(
            String service,
            BreakerSettings settings,
            long epoch,
            String lease,
            Outcome outcome,
            long retryAfterMillis) {
        return answered(store.settle(service, settings, epoch, lease, outcome, retryAfterMillis));
    }

    @Override
    public CompletionStage<Reply> reset(String service, BreakerSettings settings, String who) {
        return answered(store.reset(service, settings, who));
    }

    @Override
    public CompletionStage<Reply> order(String service, BreakerSettings settings, ModeOrder wish) {
        return answered(store.order(service, settings, wish));
    }

    @Override
    public void watch(Watcher watcher) {
        watchers.add(watcher);
    }

    @Override
    public void start() {
        // Started by the test, before.
    }

    @Override
    public void close() {
        watchers.clear();
    }

    private CompletionStage<Reply> answered(CompletionStage<Reply> answer) {
        Reply reply;
        try {
            reply = answer.toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (Exception failure) {
            return CompletableFuture.failedFuture(failure);
        }
        for (Snapshot next = heard.poll(); next != null; next = heard.poll()) {
            for (Watcher watcher : watchers) {
                watcher.changed(next);
            }
        }
        return CompletableFuture.completedFuture(reply);
    }
}
