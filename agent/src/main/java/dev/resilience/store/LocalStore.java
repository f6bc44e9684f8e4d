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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Circuits that live in this JVM. Every operation is done when its method returns; watchers hear of it on that thread. As in
 * Redis, one that nobody reports any more is forgotten.
 */
public final class LocalStore implements BreakerStore {

    private static final long SWEEP_MILLIS = 60_000;

    private final LongSupplier nanoTime;
    private final LongSupplier unixSeconds;
    private final Map<String, Kept> circuits = new ConcurrentHashMap<>();
    private final AtomicLong sweptMillis;
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
    private final @Nullable KeptModes modes;

    /**
     * @param nanoTime the monotonic clock, nanoseconds
     * @param unixMillis the wall clock, only for people to read
     */
    public LocalStore(LongSupplier nanoTime, LongSupplier unixMillis) {
        this(nanoTime, unixMillis, null);
    }

    /** @param modes keeps run-time modes over a restart; null: they end with this JVM */
    LocalStore(LongSupplier nanoTime, LongSupplier unixMillis, @Nullable KeptModes modes) {
        this.nanoTime = nanoTime;
        this.unixSeconds = () -> unixMillis.getAsLong() / 1_000;
        this.modes = modes;
        this.sweptMillis = new AtomicLong(nowMillis());
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
    public CompletionStage<ModeOrder> kept(String service) {
        return modes == null ? CompletableFuture.completedFuture(ModeOrder.NONE) : modes.of(service);
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
        long now = nowMillis();
        sweep(now);
        Reply reply;
        boolean moved;
        long keepMillis = BreakerStore.keepMillis(service, settings);
        Kept kept = circuits.compute(
                service,
                (name, known) ->
                        (known == null ? new Kept(new Ledger(name, unixSeconds)) : known).until(now + keepMillis));
        Ledger ledger = kept.ledger;
        synchronized (ledger) {
            Snapshot before = ledger.snapshot(now, settings);
            reply = change.on(ledger, now);
            Snapshot after = reply.snapshot();
            moved = after.epoch() != before.epoch()
                    || after.state() != before.state()
                    || after.order().version() != before.order().version();
            kept.ordered = after.order().mode() != null;
        }
        if (moved) {
            tell(reply.snapshot());
        }
        return CompletableFuture.completedFuture(reply);
    }

    private void sweep(long now) {
        long swept = sweptMillis.get();
        if (Math.abs(now - swept) >= SWEEP_MILLIS && sweptMillis.compareAndSet(swept, now)) {
            for (String service : circuits.keySet()) {
                circuits.computeIfPresent(
                        service, (name, kept) -> kept.ordered || now < kept.untilMillis ? kept : null);
            }
        }
    }

    private long nowMillis() {
        return Math.floorDiv(nanoTime.getAsLong(), 1_000_000L);
    }

    private void tell(Snapshot snapshot) {
        for (Watcher watcher : watchers) {
            watcher.changed(snapshot);
        }
    }

    private static final class Kept {

        final Ledger ledger;
        volatile long untilMillis;

        /** A mode is in force, and outlasts the circuit's absence. */
        volatile boolean ordered;

        Kept(Ledger ledger) {
            this.ledger = ledger;
        }

        Kept until(long millis) {
            untilMillis = millis;
            return this;
        }
    }

    private interface Change {

        Reply on(Ledger ledger, long now);
    }
}
