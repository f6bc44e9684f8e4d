package dev.resilience.store;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.BreakerStore;
import dev.resilience.breaker.Ledger;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Reply;
import dev.resilience.breaker.Report;
import dev.resilience.breaker.Snapshot;
import dev.resilience.breaker.StoreMode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Circuits that live in this JVM. Every operation is done when its method returns; watchers hear of it on that thread. */
public final class LocalStore implements BreakerStore {

    private final LongSupplier nanoTime;
    private final LongSupplier unixSeconds;
    private final Map<String, Ledger> ledgers = new ConcurrentHashMap<>();
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
    private final @Nullable ModeFile modes;

    /**
     * @param nanoTime the monotonic clock, nanoseconds
     * @param unixMillis the wall clock, only for people to read
     */
    public LocalStore(LongSupplier nanoTime, LongSupplier unixMillis) {
        this(nanoTime, unixMillis, null);
    }

    /** @param modes keeps run-time modes over a restart; null: they end with this JVM */
    LocalStore(LongSupplier nanoTime, LongSupplier unixMillis, @Nullable ModeFile modes) {
        this.nanoTime = nanoTime;
        this.unixSeconds = () -> unixMillis.getAsLong() / 1_000;
        this.modes = modes;
    }

    /** On the JVM's clocks. */
    public LocalStore() {
        this(System::nanoTime, System::currentTimeMillis);
    }

    @Override
    public StoreMode mode() {
        return StoreMode.LOCAL;
    }

    @Override
    public CompletionStage<Reply> report(String service, BreakerSettings settings, Report report) {
        return change(service, settings, (ledger, now) -> ledger.report(now, settings, report));
    }

    @Override
    public CompletionStage<Reply> acquire(String service, BreakerSettings settings, long epoch, String lease) {
        return change(service, settings, (ledger, now) -> ledger.acquire(now, settings, epoch, lease));
    }

    @Override
    public CompletionStage<Reply> settle(
            String service,
            BreakerSettings settings,
            long epoch,
            String lease,
            Outcome outcome,
            long retryAfterMillis) {
        return change(
                service,
                settings,
                (ledger, now) -> ledger.settle(now, settings, epoch, lease, outcome, retryAfterMillis));
    }

    @Override
    public CompletionStage<Reply> reset(String service, BreakerSettings settings, String who) {
        return change(service, settings, (ledger, now) -> ledger.reset(now, settings, who));
    }

    @Override
    public CompletionStage<Reply> order(String service, BreakerSettings settings, ModeOrder wish) {
        CompletionStage<Reply> ordered = change(service, settings, (ledger, now) -> ledger.order(now, settings, wish));
        return modes == null
                ? ordered
                : ordered.whenComplete(
                        (reply, failure) -> modes.keep(service, reply.snapshot().order()));
    }

    @Override
    public void watch(Watcher watcher) {
        watchers.add(watcher);
    }

    @Override
    public void start() {
        // Nothing runs in the background.
    }

    @Override
    public void close() {
        watchers.clear();
    }

    private CompletionStage<Reply> change(String service, BreakerSettings settings, Change change) {
        long now = Math.floorDiv(nanoTime.getAsLong(), 1_000_000L);
        Ledger ledger = ledgers.computeIfAbsent(service, name -> begun(name, now));
        Reply reply;
        boolean moved;
        synchronized (ledger) {
            Snapshot before = ledger.snapshot(now, settings);
            reply = change.on(ledger, now);
            Snapshot after = reply.snapshot();
            moved = after.epoch() != before.epoch()
                    || after.state() != before.state()
                    || after.order().version() != before.order().version();
        }
        if (moved) {
            tell(reply.snapshot());
        }
        return CompletableFuture.completedFuture(reply);
    }

    private Ledger begun(String service, long now) {
        Ledger ledger = new Ledger(service, unixSeconds);
        if (modes != null) {
            ledger.obey(now, modes.of(service));
        }
        return ledger;
    }

    private void tell(Snapshot snapshot) {
        for (Watcher watcher : watchers) {
            watcher.changed(snapshot);
        }
    }

    private interface Change {

        Reply on(Ledger ledger, long now);
    }
}
