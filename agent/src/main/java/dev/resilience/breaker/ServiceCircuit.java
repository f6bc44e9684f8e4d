package dev.resilience.breaker;

import dev.resilience.config.Mode;
import dev.resilience.log.AgentLog;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One service's circuit on this instance: the fleet's state as last heard, an own judgement of the own calls, and the talk
 * with the store that keeps the two together. The package documentation tells the protocol.
 *
 * <p>Successes touch {@link #stage} and a counter. Everything else takes {@link #lock}, briefly: nothing waits under it,
 * and neither the store nor a listener is called under it.
 */
public final class ServiceCircuit implements Circuit {

    /** Reports that failures may send at once before they ride with the others; one comes back every second. */
    private static final double URGENT_REPORTS = 10;

    private static final long NANOS = 1_000_000;
    private static final long SHORTEST_TICK_MILLIS = 50;
    private static final long RETRY_MILLIS = 100;
    private static final long IDLE_HOST_MILLIS = 10_000;

    /** How far two clocks' views of the end of a state may lie apart before it is worth a new stage. */
    private static final long JITTER_NANOS = 5 * NANOS;

    private final String service;
    private final BreakerStore store;
    private final String instance;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier nanoTime;
    private final LongSupplier unixMillis;
    private final TransitionFeed feed;

    /** The service that this circuit is one host of; null for a service's own circuit. */
    private final @Nullable ServiceCircuit above;

    private final Trials trials;
    private final Followed followed = new Followed();

    final ReentrantLock lock = new ReentrantLock();

    private volatile Stage stage;

    /** Written under the lock. */
    private volatile BreakerSettings settings;

    /** The mode in force: the one ordered, else the file's. Written under the lock. */
    private volatile Mode mode;

    // All below is guarded by the lock.
    private final Ledger own;
    private Counters counters = new Counters();
    private long countersEpoch;
    private @Nullable Snapshot fleet;
    private Delta pending = Delta.NONE;
    private long pendingEpoch;
    private boolean reporting;
    private boolean again;

    /** The own OPEN was decided while the store was away. */
    private boolean selfDecided;

    /** The fleet is closed but the own OPEN is kept for its time. */
    private boolean alone;

    /** Too few instances are in trouble for the fleet: this one opened for itself, and its epochs are its own. */
    private boolean solo;

    private long paceMillis = 1_000;
    private long lastReport;
    private boolean reportedBefore;
    private double urgentReports = URGENT_REPORTS;
    private long urgencySince;
    private long enteredMillis;
    private boolean started;
    private boolean closed;
    private @Nullable Future<?> timer;

    ServiceCircuit(
            String service,
            BreakerSettings settings,
            BreakerStore store,
            String instance,
            ScheduledExecutorService scheduler,
            LongSupplier nanoTime,
            LongSupplier unixMillis,
            TransitionFeed feed,
            @Nullable ServiceCircuit above) {
        this.service = service;
        this.settings = settings;
        this.mode = settings.mode();
        this.store = store;
        this.instance = instance;
        this.scheduler = scheduler;
        this.nanoTime = nanoTime;
        this.unixMillis = unixMillis;
        this.feed = feed;
        this.above = above;
        this.own = new Ledger(service, () -> unixMillis.getAsLong() / 1_000);
        this.enteredMillis = now();
        remode(enteredMillis);
        this.urgencySince = enteredMillis;
        this.stage = newStage(now());
        this.trials = new Trials(this, store, instance, scheduler);
    }

    @Override
    public String service() {
        return service;
    }

    @Override
    public State state() {
        return stage.state();
    }

    @Override
    public Mode mode() {
        return mode;
    }

    @Override
    public @Nullable ModeOrder order() {
        lock.lock();
        try {
            ModeOrder order = own.order(now());
            return order.mode() == null ? null : order;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long retryAfterMillis() {
        return stage.retryAfterMillis();
    }

    @Override
    public Permit tryAcquire() {
        Stage now = stage;
        return now.wayIn() == Stage.WayIn.SHARED ? now : acquireOwn(now);
    }

    private Permit acquireOwn(Stage now) {
        try {
            return switch (now.wayIn()) {
                case SHARED -> now;
                case OWN -> admit(now);
                case TRIAL -> trials.acquire(now);
                case SHADOW_TRIAL -> trials.shadow(now);
            };
        } catch (Throwable failure) {
            return passedAfter(failure);
        }
    }

    /** A call of CLOSED that needs a permit of its own. */
    private Permit admit(Stage now) {
        Ramp ramp = now.ramp();
        if (ramp != null && !ramp.admits(nanoTime.getAsLong())) {
            return turnedAway(now);
        }
        return settings.watchesSlowness() ? followed.follow(this, now, nanoTime.getAsLong()) : now;
    }

    /** Refused though the circuit is closed. */
    private Permit turnedAway(Stage now) {
        return new Stage(
                now.state(), now.epoch(), now.wayIn(), false, null, now.slowNanos(), Long.MAX_VALUE, nanoTime, null);
    }

    @Override
    public CompletionStage<Permit> tryAcquireAsync() {
        Stage now = stage;
        if (now.wayIn() != Stage.WayIn.TRIAL) {
            return CompletableFuture.completedFuture(tryAcquire());
        }
        try {
            return trials.acquireAsync(now);
        } catch (Throwable failure) {
            return CompletableFuture.completedFuture(passedAfter(failure));
        }
    }

    @Override
    public void answered(Permit permit) {
        if (permit instanceof OwnPermit given) {
            given.answered();
        }
    }

    @Override
    public void settle(Permit permit, Outcome outcome, long durationNanos, long retryAfterMillis) {
        if (permit instanceof Stage given) {
            Counters counts = given.counters();
            if (counts == null || outcome == Outcome.IGNORED) {
                return;
            }
            if (outcome == Outcome.SUCCESS && durationNanos < given.slowNanos()) {
                counts.success();
            } else {
                settleNoteworthy(counts, outcome, durationNanos >= given.slowNanos(), retryAfterMillis);
            }
        } else if (permit instanceof OwnPermit given) {
            try {
                given.settle(outcome, durationNanos, retryAfterMillis);
            } catch (Throwable failure) {
                AgentLog.warn("settle " + service, "an outcome of '" + service + "' was lost", failure);
            }
        }
    }

    /** A failure, or a slow success: counted, and told at once. */
    void settleNoteworthy(Counters counts, Outcome outcome, boolean slow, long retryAfterMillis) {
        if (slow) {
            counts.slow();
        }
        if (outcome == Outcome.FAILURE) {
            counts.failure();
        } else {
            counts.success();
        }
        tellAtOnce(counts, retryAfterMillis);
    }

    /** @param counts where something was counted that may open the circuit */
    void tellAtOnce(Counters counts, long retryAfterMillis) {
        try {
            Sending sending = null;
            lock.lock();
            try {
                if (counts == counters && !closed) {
                    long now = now();
                    flush(now, retryAfterMillis);
                    if (own.state() != State.CLOSED || spendUrgency(now)) {
                        sending = nextReport(now);
                    }
                }
            } finally {
                lock.unlock();
            }
            send(sending);
        } catch (Throwable failure) {
            AgentLog.warn("settle " + service, "a failure of '" + service + "' was not told", failure);
        }
    }

    @Override
    public CircuitView view() {
        if (storeMode() == StoreMode.LOCAL) {
            report();
        }
        lock.lock();
        try {
            long now = now();
            Snapshot heard = fleet;
            Snapshot shown = heard != null && !onOwn() && heard.epoch() == own.epoch() && heard.state() == own.state()
                    ? heard
                    : own.snapshot(now, settings);
            long calls = shown.failures() + shown.successes();
            State state = stage.state();
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
                    Math.max(0, now - enteredMillis));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public CompletionStage<CircuitView> reset(String who) {
        CompletableFuture<CircuitView> done = new CompletableFuture<>();
        BreakerSettings current = settings();
        CompletionStage<Reply> asked;
        try {
            asked = store.reset(service, current, who);
        } catch (RuntimeException failure) {
            asked = CompletableFuture.failedFuture(failure);
        }
        asked.whenComplete((reply, failure) -> {
            lock.lock();
            try {
                if (reply == null) {
                    // The store is away: this instance closes now, and its newer epoch is taken when the store is back.
                    own.reset(now(), settings, who);
                    ownDecided(now());
                } else if (solo) {
                    adopt(now(), reply.snapshot());
                } else {
                    selfDecided = false;
                    merge(now(), reply.snapshot());
                }
            } finally {
                lock.unlock();
            }
            done.complete(view());
        });
        return done;
    }

    /** Takes other settings and keeps the state. */
    void configure(BreakerSettings changed) {
        lock.lock();
        try {
            settings = changed;
            long now = now();
            restage(now, remode(now));
        } finally {
            lock.unlock();
        }
    }

    /** Puts a mode in force for the whole fleet; with the store away, here at once. */
    CompletionStage<ModeOrder> order(ModeOrder wish) {
        CompletableFuture<ModeOrder> done = new CompletableFuture<>();
        CompletionStage<Reply> asked;
        try {
            asked = store.order(service, settings, wish);
        } catch (RuntimeException failure) {
            asked = CompletableFuture.failedFuture(failure);
        }
        asked.whenComplete((reply, failure) -> {
            ModeOrder after;
            lock.lock();
            try {
                long now = now();
                if (reply != null) {
                    merge(now, reply.snapshot());
                } else {
                    own.order(now, settings, wish);
                    restage(now, remode(now));
                }
                after = own.order(now);
            } finally {
                lock.unlock();
            }
            done.complete(after);
        });
        return done;
    }

    /** Begins to report. A second start does nothing. */
    void start() {
        lock.lock();
        try {
            if (started || closed) {
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
            closed = true;
            stage = passing();
            cancelTimer();
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

    /** The store did not count the failed trial that opened the circuit here: the fleet may have moved on without it. */
    void overruled(long askedIn, Snapshot heard) {
        lock.lock();
        try {
            boolean openedBySelf = own.state() == State.OPEN && own.epoch() == Epoch.next(askedIn);
            if (openedBySelf && heard.epoch() == own.epoch() && heard.state() != State.OPEN) {
                adopt(now(), heard);
            } else {
                merge(now(), heard);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The store went away or came back. */
    void storeChanged() {
        lock.lock();
        try {
            if (storeMode() == StoreMode.DEGRADED) {
                pending = Delta.NONE;
            }
            arm(now());
        } finally {
            lock.unlock();
        }
        report();
    }

    private void tick() {
        try {
            followed.countOverdue(nanoTime.getAsLong());
            Sending sending = null;
            lock.lock();
            try {
                if (closed) {
                    return;
                }
                long now = now();
                flush(now, -1);
                String why = remode(now);
                if (why != null) {
                    restage(now, why);
                }
                trials.expire(now, settings.halfOpenTimeoutMillis());
                if (onOwn()) {
                    advanceOwn(now);
                }
                if (!reportedBefore || now - lastReport >= pace() || storeMode() == StoreMode.LOCAL) {
                    sending = nextReport(now);
                }
            } finally {
                lock.unlock();
            }
            send(sending);
        } catch (Throwable failure) {
            AgentLog.warn("tick " + service, "the circuit of '" + service + "' missed a beat", failure);
        } finally {
            schedule(
                    this::tick,
                    Math.max(
                            SHORTEST_TICK_MILLIS,
                            Math.min(Math.min(1_000, pace()), settings().windowMillis() / Window.BUCKETS)));
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
            flush(now, -1);
            sending = nextReport(now);
        } finally {
            lock.unlock();
        }
        send(sending);
    }

    /** Takes what the counters gathered, and judges it. */
    private void flush(long now, long retryAfterMillis) {
        Delta counted = counters.take();
        if (counted.isEmpty() || own.state() != State.CLOSED) {
            return;
        }
        Delta delta = new Delta(counted.calls(), counted.failures(), counted.slow(), retryAfterMillis);
        pendingEpoch = own.epoch();
        pending = storeMode() == StoreMode.DEGRADED ? Delta.NONE : pending.plus(delta);
        own.count(now, settings, pendingEpoch, delta, true);
        if (own.state() != State.CLOSED) {
            solo = settings.minInstances() > 1;
            alone |= solo;
            ownDecided(now);
        }
    }

    private void advanceOwn(long now) {
        State before = own.state();
        own.advance(now, settings);
        if (own.state() != before) {
            ownDecided(now);
        }
    }

    /** The own judgement moved the circuit. */
    private void ownDecided(long now) {
        selfDecided = onOwn() && own.state() != State.CLOSED;
        if (alone && own.state() == State.CLOSED) {
            alone = false;
            Snapshot heard = fleet;
            if (solo) {
                solo = false;
                if (heard == null) {
                    own.renumber(0);
                } else {
                    own.adopt(now, settings, heard);
                }
            } else if (heard != null) {
                merge(now, heard);
            }
        }
        restage(now, null);
    }

    /** Brings what the store says and what this instance knows together: the newer epoch wins. */
    private void merge(long now, Snapshot heard) {
        fleet = heard;
        if (closed) {
            return;
        }
        own.obey(now, heard.order());
        String why = remode(now);
        if (why != null) {
            restage(now, why);
        }
        boolean wasReset = heard.cause() == Cause.RESET && Epoch.isNewer(heard.epoch(), pendingEpoch);
        if (solo && heard.state() == State.CLOSED && !wasReset) {
            // As before: too few are in trouble.
            return;
        }
        if (solo) {
            adopt(now, heard);
        } else if (heard.epoch() == own.epoch() && heard.state() == own.state()) {
            alone = false;
            selfDecided = false;
            own.adopt(now, settings, heard);
            if (Math.abs(untilNanos(now) - stage.untilNanos()) > JITTER_NANOS) {
                stage = newStage(now);
            }
            arm(now);
        } else if (!heard.outranks(own.state(), own.epoch())) {
            alone = false;
        } else if (selfDecided && own.state() != State.CLOSED && heard.state() == State.CLOSED && !wasReset) {
            // Decided while the store was away, against an epoch that is over: it binds nobody else, and is not lost
            // here.
            alone = true;
        } else if (own.epoch() == 0 && own.state() == State.CLOSED && heard.state() == State.CLOSED) {
            // The first word of a fleet that is closed as well: what was counted until now counts.
            own.renumber(heard.epoch());
            countersEpoch = heard.epoch();
            pendingEpoch = heard.epoch();
            restage(now, null);
        } else {
            adopt(now, heard);
        }
    }

    private void adopt(long now, Snapshot heard) {
        alone = false;
        solo = false;
        selfDecided = false;
        pending = Delta.NONE;
        own.adopt(now, settings, heard);
        restage(now, null);
    }

    /** Puts the right mode in force. @return why it changed, for people; null when it did not */
    private @Nullable String remode(long now) {
        ModeOrder order = own.order(now);
        if (order.mode() == null && above != null) {
            ModeOrder ofAll = above.order();
            order = ofAll == null ? order : ofAll;
        }
        Mode wanted = order.mode() == null ? settings.mode() : order.mode();
        if (wanted == mode) {
            return null;
        }
        mode = wanted;
        String name = "mode " + wanted.name().toLowerCase(Locale.ROOT);
        return order.mode() == null ? name : name + " " + order.words();
    }

    /** Puts a new stage in place, tells of a change of state, and sets the alarm for its end. */
    private void restage(long now, @Nullable String reason) {
        if (closed) {
            return;
        }
        Stage before = stage;
        if (own.state() != State.CLOSED || countersEpoch != own.epoch()) {
            counters = new Counters();
            countersEpoch = own.epoch();
        }
        Stage after = newStage(now);
        stage = after;
        if (before.state() != after.state()) {
            String why = reason == null ? own.words(now, settings) : reason;
            feed.tell(new Transition(
                    service,
                    before.state(),
                    after.state(),
                    after.epoch(),
                    why,
                    unixMillis.getAsLong(),
                    Math.max(0, now - enteredMillis)));
            enteredMillis = now;
        }
        arm(now);
    }

    private Stage newStage(long now) {
        boolean lenient = mode == Mode.MONITOR;
        if (mode == Mode.DISABLED || mode == Mode.FORCED_CLOSED) {
            return passing();
        }
        if (mode == Mode.FORCED_OPEN) {
            return stage(State.OPEN, Stage.WayIn.SHARED, false, null, Long.MAX_VALUE);
        }
        return switch (own.state()) {
            case CLOSED -> closedStage(now, lenient);
            case OPEN -> stage(State.OPEN, Stage.WayIn.SHARED, lenient, null, untilNanos(now));
            case HALF_OPEN ->
                stage(
                        State.HALF_OPEN,
                        lenient ? Stage.WayIn.SHADOW_TRIAL : Stage.WayIn.TRIAL,
                        lenient,
                        null,
                        untilNanos(now));
        };
    }

    private Stage closedStage(long now, boolean lenient) {
        Ramp ramp = null;
        if (!lenient && own.isRamping(now, settings)) {
            ramp = new Ramp((now - own.age(now)) * NANOS, settings.rampUpMillis() * NANOS);
        }
        boolean shared = ramp == null && !settings.watchesSlowness();
        return new Stage(
                State.CLOSED,
                own.epoch(),
                shared ? Stage.WayIn.SHARED : Stage.WayIn.OWN,
                true,
                counters,
                settings.slowNanos(),
                Long.MAX_VALUE,
                nanoTime,
                ramp);
    }

    private Stage stage(State state, Stage.WayIn wayIn, boolean granted, @Nullable Counters counts, long untilNanos) {
        return new Stage(state, own.epoch(), wayIn, granted, counts, settings.slowNanos(), untilNanos, nanoTime, null);
    }

    private Stage passing() {
        return stage(State.CLOSED, Stage.WayIn.SHARED, true, null, Long.MAX_VALUE);
    }

    private Permit passedAfter(Throwable failure) {
        AgentLog.warn("acquire " + service, "a call of '" + service + "' was let through unasked", failure);
        return new Stage(
                State.CLOSED, 0, Stage.WayIn.SHARED, true, null, Long.MAX_VALUE, Long.MAX_VALUE, nanoTime, null);
    }

    /** What is to be told now, or null when a report is in flight: it rides the next one. Called under the lock. */
    private @Nullable Sending nextReport(long now) {
        if (!started || closed) {
            return null;
        }
        if (reporting) {
            again = true;
            return null;
        }
        reporting = true;
        again = false;
        long sinceLast = reportedBefore ? now - lastReport : 0;
        reportedBefore = true;
        lastReport = now;
        Delta delta = pending;
        pending = Delta.NONE;
        Report report = own.report(now, instance, pendingEpoch, delta, trials.held(), sinceLast);
        return new Sending(settings, now, alone || trials.areUnconfirmed() ? withoutStand(report) : report);
    }

    /** An own OPEN that binds nobody else: the instance says what it counted, not where it stands. */
    private static Report withoutStand(Report report) {
        return new Report(
                report.instance(),
                State.CLOSED,
                0,
                0,
                0,
                0,
                Cause.START,
                report.countedIn(),
                report.delta(),
                report.leases(),
                report.sinceLastMillis(),
                report.order());
    }

    /** Called without the lock. */
    private void send(@Nullable Sending sending) {
        if (sending == null) {
            return;
        }
        CompletionStage<Reply> asked;
        try {
            asked = store.report(service, sending.settings, sending.report);
        } catch (RuntimeException failure) {
            asked = CompletableFuture.failedFuture(failure);
        }
        asked.whenComplete((reply, failure) -> answered(sending, reply));
    }

    private void answered(Sending sending, @Nullable Reply reply) {
        Report sent = sending.report;
        Sending next = null;
        lock.lock();
        try {
            long now = now();
            reporting = false;
            if (reply != null) {
                paceMillis = reply.snapshot().paceMillis();
                trials.renewed(sent.leases(), sending.sinceMillis);
                boolean unheard = !reply.accepted() && own.epoch() == 0 && sent.countedIn() == 0;
                merge(now, reply.snapshot());
                if (unheard && own.state() == State.CLOSED && pendingEpoch == own.epoch()) {
                    pending = pending.plus(sent.delta());
                    again |= sent.delta().failures() > 0;
                }
                if (again) {
                    next = nextReport(now);
                }
            } else if (own.state() != State.CLOSED && own.remaining(now) == 0) {
                // A report that may have arrived is not repeated, but the state must not outlast its time.
                schedule(this::due, RETRY_MILLIS);
            }
        } finally {
            lock.unlock();
        }
        send(next);
    }

    /** Whether a failure may be told at once: always, but for those that go on and on without opening anything. */
    private boolean spendUrgency(long now) {
        if (storeMode() == StoreMode.LOCAL) {
            return true;
        }
        urgentReports = Math.min(URGENT_REPORTS, urgentReports + (now - urgencySince) / 1_000.0);
        urgencySince = now;
        if (urgentReports < 1) {
            return false;
        }
        urgentReports--;
        return true;
    }

    /** Whether this instance decides by itself: the store is away, or has closed what it keeps open. */
    boolean onOwn() {
        return alone || storeMode() == StoreMode.DEGRADED;
    }

    private StoreMode storeMode() {
        return store.mode(service);
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
            ownDecided(now);
        }
    }

    /** What a call is told that got no trial permit: the present stage, which may have moved on meanwhile. */
    Permit refusal() {
        return stage;
    }

    BreakerSettings settings() {
        return settings;
    }

    /** Milliseconds on the circuit's clock. */
    long now() {
        return Math.floorDiv(nanoTime.getAsLong(), NANOS);
    }

    private long untilNanos(long now) {
        return own.state() == State.CLOSED ? Long.MAX_VALUE : (now + own.remaining(now)) * NANOS;
    }

    private long pace() {
        lock.lock();
        try {
            if (own.state() != State.CLOSED) {
                return Math.min(paceMillis, 1_000);
            }
            // Of a thousand hosts most are idle, and their silence must cost the store little.
            return above != null && pending.isEmpty() ? Math.max(paceMillis, IDLE_HOST_MILLIS) : paceMillis;
        } finally {
            lock.unlock();
        }
    }

    /** Sets the alarm for the end of OPEN, of HALF_OPEN, or of the rise after a recovery. */
    private void arm(long now) {
        cancelTimer();
        if (!started) {
            return;
        }
        if (own.state() != State.CLOSED) {
            timer = schedule(this::due, own.remaining(now));
        } else if (own.isRamping(now, settings)) {
            timer = schedule(this::due, settings.rampUpMillis() - own.age(now));
        }
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private @Nullable Future<?> schedule(Runnable task, long delayMillis) {
        try {
            return closed ? null : scheduler.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
        } catch (RuntimeException closing) {
            // The scheduler is shut down: the agent is going away.
            return null;
        }
    }

    private record Sending(BreakerSettings settings, long sinceMillis, Report report) {}
}
