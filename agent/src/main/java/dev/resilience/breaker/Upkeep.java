package dev.resilience.breaker;

import dev.resilience.config.Mode;
import dev.resilience.log.AgentLog;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a circuit's stage true: gathers what was counted, judges it, reports it, hears the store, and replaces the stage
 * when any of that moves the circuit.
 *
 * <p>Thread-safe by {@link #lock}, which is held for moments: nothing waits under it, and neither the store nor a listener is
 * called under it.
 */
final class Upkeep {

    private static final long NANOS = 1_000_000;
    private static final long SHORTEST_TICK_MILLIS = 50;
    private static final long RETRY_MILLIS = 100;

    final ReentrantLock lock = new ReentrantLock();
    private final ServiceCircuit circuit;
    private final String service;
    private final BreakerStore store;
    private final String instance;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier nanoTime;
    private final Followed followed;
    private final boolean oneHost;
    private final Trials trials;
    private final Stages stages;

    /** Written under the lock. */
    private volatile BreakerSettings settings;

    // All below is guarded by the lock.
    private final Standing standing;
    private final Ledger own;
    private final Telling telling;
    private final Staging staging;
    private final Alarm alarm;
    private boolean started;

    Upkeep(
            ServiceCircuit circuit,
            BreakerSettings settings,
            BreakerStore store,
            String instance,
            ScheduledExecutorService scheduler,
            LongSupplier nanoTime,
            LongSupplier unixMillis,
            TransitionFeed feed,
            Followed followed,
            @Nullable ServiceCircuit above) {
        this.circuit = circuit;
        this.service = circuit.service();
        this.settings = settings;
        this.store = store;
        this.instance = instance;
        this.scheduler = scheduler;
        this.nanoTime = nanoTime;
        this.followed = followed;
        this.oneHost = above != null;
        this.own = new Ledger(service, () -> unixMillis.getAsLong() / 1_000);
        this.standing = new Standing(own);
        this.telling = new Telling(now());
        this.stages = new Stages(nanoTime);
        this.staging = new Staging(circuit, above, own, stages, feed, unixMillis, settings, now());
        this.alarm = new Alarm(scheduler);
        this.trials = new Trials(this, store, instance, scheduler);
    }

    Trials trials() {
        return trials;
    }

    Stages stages() {
        return stages;
    }

    String service() {
        return service;
    }

    BreakerSettings settings() {
        return settings;
    }

    /** The stage of this moment; for calls the circuit has it at hand. */
    Stage stage() {
        lock.lock();
        try {
            return staging.stage();
        } finally {
            lock.unlock();
        }
    }

    /** The mode of this moment; for calls the circuit has it at hand. */
    Mode mode() {
        lock.lock();
        try {
            return staging.mode();
        } finally {
            lock.unlock();
        }
    }

    ModeOrder order() {
        lock.lock();
        try {
            return own.order(now());
        } finally {
            lock.unlock();
        }
    }

    /** Milliseconds on the circuit's clock. */
    long now() {
        return Math.floorDiv(nanoTime.getAsLong(), NANOS);
    }

    /** What a call is told that got no trial permit: the present stage, which may have moved on meanwhile. */
    Permit refusal() {
        return circuit.refusal();
    }

    /** Whether this instance decides by itself: the store is away, or has closed what it keeps open. */
    boolean onOwn() {
        return standing.isAlone() || storeAway();
    }

    CircuitView view() {
        if (storeMode() == StoreMode.LOCAL) {
            report();
        }
        lock.lock();
        try {
            long now = now();
            Snapshot shown = standing.shown(now, settings, storeAway());
            long calls = shown.failures() + shown.successes();
            State state = staging.stage().state();
            return new CircuitView(
                    service,
                    state,
                    shown.failures(),
                    shown.successes(),
                    calls == 0 ? 0 : (double) shown.failures() / calls,
                    shown.quotaLeft(),
                    shown.lastFailure(),
                    state == State.OPEN && own.state() == State.OPEN ? own.remaining(now) : 0,
                    own.epoch(),
                    staging.age(now));
        } finally {
            lock.unlock();
        }
    }

    /** Closes the circuit for the whole fleet; with the store away, here at once. Completes when that is done. */
    CompletionStage<?> reset(String who) {
        return ask(() -> store.reset(service, settings, who)).handle((reply, failure) -> {
            lock.lock();
            try {
                long now = now();
                if (reply == null) {
                    // The newer epoch is taken by the store when it is back.
                    own.reset(now, settings, who);
                    decided(now);
                } else {
                    obey(now, reply.snapshot());
                    follow(now, standing.hearReset(now, settings, reply.snapshot()));
                }
            } finally {
                lock.unlock();
            }
            return null;
        });
    }

    /** Puts a mode in force for the whole fleet; with the store away, here at once. Completes with what is ordered then. */
    CompletionStage<ModeOrder> order(ModeOrder wish) {
        return ask(() -> store.order(service, settings, wish)).handle((reply, failure) -> {
            lock.lock();
            try {
                long now = now();
                if (reply != null) {
                    obey(now, reply.snapshot());
                    merge(now, reply.snapshot());
                } else {
                    own.order(now, settings, wish);
                    restage(now, staging.remode(now, settings));
                }
                return own.order(now);
            } finally {
                lock.unlock();
            }
        });
    }

    /** Takes other settings and keeps the state. */
    void configure(BreakerSettings changed) {
        lock.lock();
        try {
            settings = changed;
            long now = now();
            restage(now, staging.remode(now, settings));
        } finally {
            lock.unlock();
        }
    }

    /** Begins to report. A second start does nothing. */
    void start() {
        lock.lock();
        try {
            if (started || staging.isClosed()) {
                return;
            }
            started = true;
        } finally {
            lock.unlock();
        }
        scheduler.execute(this::tick);
    }

    /** Lets every call pass from now on. */
    void close() {
        lock.lock();
        try {
            staging.close();
            alarm.cancel();
        } finally {
            lock.unlock();
        }
    }

    /** The store tells of a change, whoever made it. */
    void changed(Snapshot snapshot) {
        lock.lock();
        try {
            merge(now(), snapshot);
        } finally {
            lock.unlock();
        }
    }

    /** The store did not count the failed trial that opened the circuit here. */
    void overruled(long askedIn, Snapshot heard) {
        lock.lock();
        try {
            long now = now();
            obey(now, heard);
            follow(now, standing.overruled(now, settings, askedIn, heard));
        } finally {
            lock.unlock();
        }
    }

    /** The store went away or came back. */
    void storeChanged() {
        lock.lock();
        try {
            if (storeAway()) {
                telling.forget();
            }
            arm(now());
        } finally {
            lock.unlock();
        }
        report();
    }

    /** @param counts where something was counted that may open the circuit */
    void tellAtOnce(Counters counts, long retryAfterMillis) {
        Sending sending = null;
        lock.lock();
        try {
            if (counts == staging.counters() && !staging.isClosed()) {
                long now = now();
                gather(now, retryAfterMillis);
                if (own.state() != State.CLOSED || telling.spendUrgency(now)) {
                    sending = nextReport(now);
                }
            }
        } finally {
            lock.unlock();
        }
        send(sending);
    }

    /** A trial on the own account; called under the lock. */
    boolean ownTrialDue(long epoch) {
        return own.state() == State.HALF_OPEN && own.epoch() == epoch;
    }

    /** A trial's outcome on the own account; called under the lock. */
    void ownVerdict(long epoch, Outcome outcome, long retryAfterMillis) {
        long now = now();
        State before = own.state();
        own.verdict(now, settings, epoch, outcome, retryAfterMillis);
        if (own.state() != before) {
            decided(now);
        }
    }

    private void tick() {
        try {
            followed.countOverdue(nanoTime.getAsLong());
            Sending sending = null;
            lock.lock();
            try {
                if (staging.isClosed()) {
                    return;
                }
                long now = now();
                gather(now, -1);
                remode(now);
                trials.expire(now, settings.halfOpenTimeoutMillis());
                if (onOwn()) {
                    advanceOwn(now);
                }
                if (telling.isDue(now, pace()) || storeMode() == StoreMode.LOCAL) {
                    sending = nextReport(now);
                }
            } finally {
                lock.unlock();
            }
            send(sending);
        } catch (Throwable failure) {
            AgentLog.warn("tick " + service, "the circuit of '" + service + "' missed a beat", failure);
        } finally {
            planTick();
        }
    }

    private void planTick() {
        lock.lock();
        try {
            long shortest = Math.min(Math.min(1_000, pace()), settings.windowMillis() / Window.BUCKETS);
            later(this::tick, Math.max(SHORTEST_TICK_MILLIS, shortest));
        } finally {
            lock.unlock();
        }
    }

    /** OPEN or HALF_OPEN is over by this instance's clock: the store decides by its own, if it answers. */
    private void due() {
        lock.lock();
        try {
            if (own.state() == State.CLOSED) {
                restage(now(), null);
                return;
            }
            if (onOwn()) {
                advanceOwn(now());
                return;
            }
        } finally {
            lock.unlock();
        }
        report();
    }

    /** Reports now, or as soon as the report in flight is answered. */
    private void report() {
        Sending sending;
        lock.lock();
        try {
            long now = now();
            gather(now, -1);
            sending = nextReport(now);
        } finally {
            lock.unlock();
        }
        send(sending);
    }

    /** Takes what the counters gathered, and judges it. */
    private void gather(long now, long retryAfterMillis) {
        Delta delta = staging.counters().take(retryAfterMillis);
        if (delta.isEmpty() || own.state() != State.CLOSED) {
            return;
        }
        if (storeAway()) {
            telling.forget();
        } else {
            telling.add(delta);
        }
        if (standing.count(now, settings, delta)) {
            decided(now);
        }
    }

    private void advanceOwn(long now) {
        State before = own.state();
        own.advance(now, settings);
        if (own.state() != before) {
            decided(now);
        }
    }

    /** The own judgement moved the circuit. */
    private void decided(long now) {
        Snapshot heardBefore = standing.decided(now, settings, storeAway());
        if (heardBefore != null) {
            merge(now, heardBefore);
        }
        restage(now, null);
    }

    /** Brings the store's word and what this instance knows together. */
    private void merge(long now, Snapshot heard) {
        if (standing.isBlank()) {
            own.obey(now, heard.order());
            String why = staging.remode(now, settings);
            switch (standing.hear(now, settings, heard)) {
                case NUMBER -> staging.renumbered();
                case EPOCH -> telling.forget();
                case NOTHING, TIMES -> {}
            }
            if (!staging.isClosed()) {
                staging.find(now, settings, heard.sinceMillis(), why);
            }
            arm(now);
        } else {
            obey(now, heard);
            follow(now, standing.hear(now, settings, heard));
        }
    }

    private void obey(long now, Snapshot heard) {
        own.obey(now, heard.order());
        remode(now);
    }

    private void remode(long now) {
        String why = staging.remode(now, settings);
        if (why != null) {
            restage(now, why);
        }
    }

    private void follow(long now, Standing.Heard heard) {
        switch (heard) {
            case NOTHING -> {}
            case TIMES -> {
                if (!staging.isClosed()) {
                    staging.retime(now, settings);
                }
                arm(now);
            }
            case NUMBER -> {
                staging.renumbered();
                restage(now, null);
            }
            case EPOCH -> {
                telling.forget();
                restage(now, null);
            }
        }
    }

    private void restage(long now, @Nullable String reason) {
        if (!staging.isClosed()) {
            staging.restage(now, settings, reason);
        }
        arm(now);
    }

    /** Sets the alarm for the end of OPEN, of HALF_OPEN, or of the rise after a recovery. */
    private void arm(long now) {
        boolean running = started && !staging.isClosed();
        if (running && own.state() != State.CLOSED) {
            alarm.set(this::due, own.remaining(now));
        } else if (running && own.isRamping(now, settings)) {
            alarm.set(this::due, settings.rampUpMillis() - own.age(now));
        } else {
            alarm.cancel();
        }
    }

    private void later(Runnable task, long delayMillis) {
        if (!staging.isClosed()) {
            alarm.later(task, delayMillis);
        }
    }

    private long pace() {
        return telling.paceMillis(own.state(), oneHost);
    }

    private StoreMode storeMode() {
        return store.mode(service);
    }

    private boolean storeAway() {
        return storeMode() == StoreMode.DEGRADED;
    }

    /** What is to be told now, or null when a report is in flight: it rides the next one. Called under the lock. */
    private @Nullable Sending nextReport(long now) {
        if (!started || staging.isClosed() || !telling.mayGo()) {
            return null;
        }
        long sinceLast = telling.goes(now);
        Report report = own.report(now, instance, standing.countedIn(), telling.take(), trials.held(), sinceLast);
        boolean bindsNobody = standing.isAlone() || trials.areUnconfirmed();
        return new Sending(settings, now, bindsNobody ? report.withoutStand() : report);
    }

    /** Called without the lock. */
    private void send(@Nullable Sending sending) {
        if (sending == null) {
            return;
        }
        ask(() -> store.report(service, sending.settings, sending.report))
                .whenComplete((reply, failure) -> answered(sending, reply));
    }

    private void answered(Sending sending, @Nullable Reply reply) {
        Report sent = sending.report;
        Sending next = null;
        List<String> returned = List.of();
        lock.lock();
        try {
            long now = now();
            telling.ended();
            if (reply != null) {
                telling.paceMillis(reply.snapshot().paceMillis());
                returned = trials.renewed(sent.leases(), sending.sinceMillis);
                boolean unheard = !reply.accepted() && standing.isBlank() && sent.countedIn() == 0;
                merge(now, reply.snapshot());
                if (unheard && own.state() == State.CLOSED && standing.countedIn() == own.epoch()) {
                    telling.addAgain(sent.delta());
                }
                if (telling.isAsked()) {
                    next = nextReport(now);
                }
            } else if (own.state() != State.CLOSED && own.remaining(now) == 0) {
                // A report that may have arrived is not repeated, but the state must not outlast its time.
                later(this::due, RETRY_MILLIS);
            }
        } finally {
            lock.unlock();
        }
        trials.giveBackAgain(returned);
        send(next);
    }

    /** A store that fails at once failed like one that does not answer. */
    static CompletionStage<Reply> ask(Supplier<CompletionStage<Reply>> question) {
        try {
            return question.get();
        } catch (RuntimeException failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private record Sending(BreakerSettings settings, long sinceMillis, Report report) {}
}
