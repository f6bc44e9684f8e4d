package dev.resilience.breaker;

import dev.resilience.config.Mode;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The course of one circuit on this instance: what was counted is judged, the store's word is heard, orders are obeyed, and
 * each move that any of these makes is shown to the calls. Sends nothing: what the store is to hear gathers in its
 * {@link Telling}.
 *
 * <p>Guarded by the circuit's lock, but for what says otherwise. Times are milliseconds on the circuit's clock.
 */
final class Course {

    /** The store is waited for so long after a start. */
    private static final long RECALL_MILLIS = 2_000;

    private static final long NANOS = 1_000_000;

    final Stages stages;
    final Telling telling;
    private final String service;
    private final BreakerStore store;
    private final LongSupplier nanoTime;
    private final Runnable due;
    private final boolean oneHost;
    private final Ledger own;
    private final Standing standing;
    private final Staging staging;
    private final Alarm alarm;

    /** Read without the lock, too. */
    private volatile BreakerSettings settings;

    private final long born;
    private boolean recalled;
    private boolean begun;

    /**
     * @param above the service that this circuit is one host of; null for a service's own circuit
     * @param due run, without the lock, when OPEN, HALF_OPEN or the rise after a recovery is over by this instance's clock
     */
    Course(
            ServiceCircuit circuit,
            BreakerSettings settings,
            BreakerStore store,
            LongSupplier nanoTime,
            LongSupplier unixMillis,
            TransitionFeed feed,
            Alarm alarm,
            @Nullable ServiceCircuit above,
            Runnable due) {
        this.service = circuit.service();
        this.settings = settings;
        this.store = store;
        this.nanoTime = nanoTime;
        this.alarm = alarm;
        this.due = due;
        this.oneHost = above != null;
        this.own = new Ledger(service, () -> unixMillis.getAsLong() / 1_000);
        this.born = now();
        own.start(born);
        this.standing = new Standing(own);
        this.telling = new Telling(now());
        this.stages = new Stages(nanoTime);
        this.staging = new Staging(circuit, above, own, stages, feed, unixMillis, settings, now());
    }

    /** Milliseconds on the circuit's clock. Needs no lock. */
    long now() {
        return Math.floorDiv(nanoTime.getAsLong(), NANOS);
    }

    /** Needs no lock. */
    BreakerSettings settings() {
        return settings;
    }

    Stage stage() {
        return staging.stage();
    }

    Mode mode() {
        return staging.mode();
    }

    /** What is ordered at this moment. */
    ModeOrder order() {
        return own.order(now());
    }

    /** By this instance's own judgement. */
    State state() {
        return own.state();
    }

    /** Milliseconds until OPEN or HALF_OPEN ends. */
    long remaining(long now) {
        return own.remaining(now);
    }

    /** Where outcomes of the present epoch are counted. */
    Counters counters() {
        return staging.counters();
    }

    boolean isClosed() {
        return staging.isClosed();
    }

    /** Whether this instance decides by itself though the store answers. */
    boolean isAlone() {
        return standing.isAlone();
    }

    /** Whether this instance decides by itself: the store is away, or has closed what it keeps open. */
    boolean onOwn() {
        return isAlone() || storeAway();
    }

    /** Needs no lock. */
    StoreMode storeMode() {
        return store.mode(service);
    }

    private boolean isLocal() {
        return storeMode() == StoreMode.LOCAL;
    }

    boolean storeAway() {
        return storeMode() == StoreMode.DEGRADED;
    }

    /** Milliseconds from report to report. */
    long pace() {
        return telling.paceMillis(now(), own.state(), oneHost);
    }

    /** Looks out for the next call where there was none since the last look. */
    void awaitCall() {
        if (own.state() == State.CLOSED && telling.isAwaiting(oneHost) && storeMode() == StoreMode.SHARED) {
            counters().await();
        }
    }

    /**
     * Whether no look is worth its cost but the one at which a report is due: what a call brings wakes this circuit. Where
     * there is nobody to tell, or calls are not counted, it cannot be known that there are none.
     */
    boolean isQuiet() {
        long now = now();
        return own.state() == State.CLOSED
                && !oneHost
                && !storeAway()
                && settings.mode().counts()
                && telling.isQuiet(now)
                && !settings.watchesSlowness()
                && own.order(now).mode() == null;
    }

    /** Milliseconds until counts are worth another look. */
    long beat() {
        long pace = pace();
        return Math.min(isQuiet() ? pace : Math.min(1_000, pace), settings.windowMillis() / Window.BUCKETS);
    }

    CircuitView view() {
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
                Math.max(shown.lastFailure(), own.lastFailure()),
                state == State.OPEN && own.state() == State.OPEN ? own.remaining(now) : 0,
                own.epoch(),
                staging.age(now));
    }

    /** @return false when it began before, or is over */
    boolean begin() {
        if (begun || staging.isClosed()) {
            return false;
        }
        begun = true;
        return true;
    }

    boolean isBegun() {
        return begun;
    }

    /** Lets every call pass from now on. */
    void close() {
        staging.close();
        alarm.cancel();
    }

    /** Takes other settings and keeps the state. */
    void configure(BreakerSettings changed) {
        settings = changed;
        long now = now();
        restage(now, staging.remode(now, settings));
    }

    /** The store went away or came back. */
    void storeChanged() {
        standing.forgetOthers();
        if (storeAway()) {
            standing.part();
            telling.forget();
            long now = now();
            if (own.state() == State.CLOSED && !staging.isClosed() && standing.judge(now, settings)) {
                decided(now);
            }
        }
        arm(now());
    }

    /**
     * Takes what the counters gathered, and judges it.
     *
     * @param retryAfterMillis as {@link Counters#take(long)} has it
     * @return whether there was anything
     */
    boolean gather(long now, long retryAfterMillis) {
        Delta delta = staging.counters().take(retryAfterMillis);
        if (delta.isEmpty() || own.state() != State.CLOSED) {
            return !delta.isEmpty();
        }
        if (storeAway()) {
            telling.forget();
        } else {
            telling.add(delta);
        }
        if (standing.count(now, settings, delta, storeMode() == StoreMode.SHARED)) {
            decided(now);
        }
        return true;
    }

    /** Lets time do its work, where this instance decides by itself. */
    void advance(long now) {
        if (!onOwn()) {
            return;
        }
        State before = own.state();
        own.advance(now, settings);
        if (own.state() != before) {
            decided(now);
        }
    }

    /** Whether a trial of an epoch may be had on the own account. */
    boolean ownTrialDue(long epoch) {
        return own.state() == State.HALF_OPEN && own.epoch() == epoch;
    }

    /** A trial's outcome on the own account. */
    void ownVerdict(long epoch, Outcome outcome, long retryAfterMillis) {
        long now = now();
        State before = own.state();
        own.verdict(now, settings, epoch, outcome, retryAfterMillis);
        if (own.state() != before) {
            decided(now);
        }
    }

    /** A reset that there was no store to tell of: it takes the newer epoch when it is back. */
    void reset(String who) {
        long now = now();
        own.reset(now, settings, who);
        decided(now);
    }

    /** The store's answer to a reset. */
    void resetTo(Snapshot heard) {
        long now = now();
        obey(now, heard);
        follow(now, standing.hearReset(now, settings, heard));
    }

    /** An order that there was no store to tell of. */
    void order(ModeOrder wish) {
        long now = now();
        own.give(now, wish);
        restage(now, staging.remode(now, settings));
    }

    /** The store's answer to an order. */
    void orderedTo(Snapshot heard) {
        long now = now();
        obey(now, heard);
        hear(now, heard);
    }

    /** The store did not count the failed trial that opened the circuit here. */
    void overruled(long askedIn, Snapshot heard) {
        long now = now();
        obey(now, heard);
        follow(now, standing.overruled(now, settings, askedIn, heard));
    }

    /** Brings the store's word and what this instance knows together. */
    void hear(long now, Snapshot heard) {
        if (!standing.isBlank()) {
            obey(now, heard);
            follow(now, standing.hear(now, settings, heard));
            return;
        }
        own.obey(now, heard.order());
        String why = staging.remode(now, settings);
        switch (standing.hear(now, settings, heard)) {
            case NUMBER -> staging.renumbered();
            case EPOCH -> telling.forget();
            case NOTHING, TIMES, BEGINNING -> {}
        }
        if (!staging.isClosed()) {
            staging.find(now, settings, heard.sinceMillis(), why);
        }
        arm(now);
    }

    /**
     * Hears the store's answer to a report, whose counts count still when the two only just met.
     *
     * @param tookMillis from when the report went
     */
    void heardBack(long now, Report sent, Reply reply, long tookMillis) {
        telling.heard(now, reply.snapshot());
        boolean unheard = !reply.accepted() && standing.isBlank() && sent.countedIn() == 0;
        // One that took longer waited for this instance, which stood still.
        hear(now, tookMillis > Ledger.WAY_MILLIS ? reply.snapshot().delayed() : reply.snapshot());
        // Who stays alone tells no stand that could bind anybody.
        if ((sent.partedIn() >= 0 || isAlone()) && !storeAway()) {
            standing.rejoin();
        }
        if (reply.accepted() || sent.delta().isEmpty()) {
            standing.learnOthers(reply.snapshot());
        }
        own.correct(now, reply.snapshot().order());
        remode(now);
        if (unheard && own.state() == State.CLOSED && standing.countedIn() == own.epoch()) {
            telling.addAgain(sent.delta());
        }
    }

    /**
     * Looks whether nobody can say, or has said for too long, what is ordered: what was kept here from before the start holds
     * then.
     *
     * @return true once
     */
    boolean beginRecall(long now) {
        boolean unheard = storeAway() && !standing.hasHeard() && now - born >= RECALL_MILLIS;
        boolean begins = !recalled && !oneHost && (isLocal() || unheard);
        recalled |= begins;
        return begins;
    }

    /** Takes what was ordered before the start, unless the store, or somebody here, has said meanwhile what is ordered now. */
    void recall(long now, ModeOrder kept) {
        if (own.order(now).version() != 0 || (standing.hasHeard() && !isLocal())) {
            return;
        }
        own.obey(now, kept);
        String why = staging.remode(now, settings);
        if (why != null && !staging.isClosed()) {
            // It was so before, and is no change.
            staging.find(now, settings, 0, why);
            arm(now);
        }
    }

    /** Puts the right mode in force. */
    void remode(long now) {
        String why = staging.remode(now, settings);
        if (why != null) {
            restage(now, why);
        }
    }

    /** The ledger or the ramp may have moved without a word. */
    void restage(long now) {
        restage(now, null);
    }

    /** Where this instance stands, to be told with what was counted. */
    Report report(long now, String instance, Delta delta, List<String> held, long sinceLastMillis) {
        standing.tells(now, telling.untold());
        return own.report(now, instance, standing.countedIn(), delta, held, standing.partedIn(), sinceLastMillis);
    }

    /** The own judgement moved the circuit. */
    private void decided(long now) {
        standing.decided(now, settings, storeAway());
        restage(now, null);
    }

    private void obey(long now, Snapshot heard) {
        own.obey(now, heard.order());
        remode(now);
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
            case BEGINNING -> restage(now, null);
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
        boolean running = begun && !staging.isClosed();
        if (running && own.state() != State.CLOSED) {
            alarm.set(due, own.remaining(now));
        } else if (running && own.isRamping(now, settings)) {
            alarm.set(due, settings.rampUpMillis() - own.age(now));
        } else {
            alarm.cancel();
        }
    }
}
