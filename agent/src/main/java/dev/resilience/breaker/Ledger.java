package dev.resilience.breaker;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The machine itself: one circuit's state, window and trial permits, under times that are passed in. The same machine is
 * the store inside this JVM, an instance's own judgement, and the model of the scripts that run in Redis, which do step
 * for step what is written here. Not thread-safe.
 *
 * <p>All {@code now} are milliseconds on one monotonic clock of the caller's choice.
 */
public final class Ledger {

    private static final long NEVER = Long.MIN_VALUE;

    /** By so much two words of when a circuit recovered may differ. */
    private static final long JITTER_MILLIS = 500;

    /** No message is waited for any longer, and by no more may an end that is told seem later. */
    static final long WAY_MILLIS = 1_000;

    /** Where nobody spoke for so long, holders of permits could not renew them: none is given before they have reported. */
    private static final long LAPSE_MILLIS = BreakerStore.LEASE_MILLIS - BreakerStore.HOLD_OFF_MILLIS;

    private final String service;
    private final LongSupplier unixSeconds;
    private final Window window = new Window();

    /** Trial permits that are out, by name, with the time of their end. They outlive the state they were given in. */
    private final Map<String, Long> leases = new LinkedHashMap<>();

    /** Instances that had bad calls, with the time at which that is forgotten. */
    private final Map<String, Long> troubled = new LinkedHashMap<>();

    private final Headcount heads = new Headcount();

    private boolean blank = true;
    private State state = State.CLOSED;
    private long epoch;

    /** The newest epoch that the fleet is known to have decided: not by time alone, nor by an instance that was away. */
    private long decided;

    private long since;
    private long until;
    private Cause cause = Cause.START;
    private String by = "";
    private long openedFailures;
    private long openedSuccesses;
    private long trialSuccesses;
    private int relapses;
    private long holdOff = Long.MIN_VALUE;
    private long lastFailure;
    private final StandingOrder order = new StandingOrder();

    /** When somebody last spoke of this circuit. */
    private long seen;

    /** Since when the clock is in doubt and nobody told who stands where the ledger does. */
    private long doubted = NEVER;

    /** When an instance's own ledger took a state from the fleet's. */
    private long taken = NEVER;

    /** All that this instance knows of the state's times is what it was told by a clock in doubt, or what may have waited. */
    private boolean guessed;

    /** @param unixSeconds the wall clock, only for people to read */
    public Ledger(String service, LongSupplier unixSeconds) {
        this.service = service;
        this.unixSeconds = unixSeconds;
    }

    /** @see BreakerStore#report */
    public Reply report(long now, BreakerSettings settings, Report report) {
        boolean clockHolds = !isUncertain(now);
        order.hold(now);
        order.measured(now, report.order(), report.partedIn() >= 0);
        if (blank) {
            start(now);
            take(now, settings, report);
        } else if (isUncertain(now) && !isClear(now, settings, report)) {
            return new Reply(false, snapshot(now, settings));
        }
        speak(now);
        heads.add(now, report.sinceLastMillis());
        order.obey(now, report.order());
        advance(now, settings);
        boolean accepted = count(now, settings, report);
        if (isOutrankedBy(report) && clockHolds && isLaterOpen(now, report)) {
            // The next one would be that of a trial that failed there.
            epoch = Epoch.next(Epoch.next(report.epoch()));
            decide(epoch);
        } else if (isOutrankedBy(report)) {
            take(now, settings, report);
        } else if (clockHolds && report.partedIn() >= 0 && isSameOpen(report)) {
            lengthen(now, settings, report);
        }
        if (state != State.CLOSED && report.state() == state && report.epoch() == epoch) {
            // A ledger that was lost has forgotten them.
            relapses = Math.max(relapses, report.relapses());
        }
        for (String lease : report.leases()) {
            if (leases.containsKey(lease) || now < holdOff || leases.size() < settings.halfOpenQuota()) {
                leases.put(lease, now + BreakerStore.LEASE_MILLIS);
            }
        }
        return new Reply(accepted, snapshot(now, settings));
    }

    /** @see BreakerStore#acquire */
    public Reply acquire(long now, BreakerSettings settings, long askedIn, String lease) {
        boolean granted = begin(now, settings)
                && state == State.HALF_OPEN
                && askedIn == epoch
                && now >= holdOff
                && leases.size() < settings.halfOpenQuota();
        if (granted) {
            leases.put(lease, now + BreakerStore.LEASE_MILLIS);
        }
        return new Reply(granted, snapshot(now, settings));
    }

    /** @see BreakerStore#settle */
    public Reply settle(
            long now, BreakerSettings settings, long askedIn, String lease, Outcome outcome, long retryAfterMillis) {
        boolean begun = begin(now, settings);
        boolean live = leases.remove(lease) != null;
        boolean accepted = begun && live && verdict(now, settings, askedIn, outcome, retryAfterMillis);
        return new Reply(accepted, snapshot(now, settings));
    }

    /** @see BreakerStore#reset */
    public Reply reset(long now, BreakerSettings settings, String who) {
        order.hold(now);
        start(now);
        speak(now);
        advance(now, settings);
        close(now, settings, Cause.RESET, who);
        return new Reply(true, snapshot(now, settings));
    }

    /** @see BreakerStore#order */
    public Reply order(long now, BreakerSettings settings, ModeOrder wish) {
        begin(now, settings);
        order.give(now, wish);
        return new Reply(true, snapshot(now, settings));
    }

    /** Lets time do its work. */
    public void advance(long now, BreakerSettings settings) {
        expire(leases, now, BreakerStore.LEASE_MILLIS);
        expire(troubled, now, settings.windowMillis());
        window.forgetAhead(now);
        holdOff = Math.min(holdOff, now + BreakerStore.HOLD_OFF_MILLIS);
        since = Math.min(since, now);
        until = Math.min(until, now + settings.longestMillis(state));
        if (state == State.OPEN && now >= until) {
            move(now, State.HALF_OPEN, Epoch.next(epoch), Cause.ELAPSED, "");
            until = now + settings.halfOpenTimeoutMillis();
            trialSuccesses = 0;
        } else if (state == State.HALF_OPEN && now >= until) {
            relapses++;
            open(now, settings, Cause.NO_VERDICT, -1);
        }
    }

    /** Nothing is kept longer than it is given. */
    private static void expire(Map<String, Long> ends, long now, long longestMillis) {
        if (!ends.isEmpty()) {
            ends.values().removeIf(end -> end <= now);
            ends.replaceAll((name, end) -> Math.min(end, now + longestMillis));
        }
    }

    /** Counts what an instance reports. @return false when the epoch is over */
    private boolean count(long now, BreakerSettings settings, Report report) {
        if (state != State.CLOSED || report.countedIn() != epoch) {
            return false;
        }
        Delta delta = report.delta();
        if (settings.minInstances() > 1 && (delta.failures() > 0 || delta.slow() > 0)) {
            trouble(now, settings, report.instance());
        }
        boolean enough = settings.minInstances() <= 1 || troubled.size() >= settings.minInstances();
        return count(now, settings, report.countedIn(), delta, enough);
    }

    /** More than are needed are not remembered. */
    private void trouble(long now, BreakerSettings settings, String instance) {
        if (troubled.containsKey(instance) || troubled.size() < settings.minInstances()) {
            troubled.put(instance, now + settings.windowMillis());
        }
    }

    /**
     * Counts outcomes of an epoch, and opens where they are too bad.
     *
     * @param mayOpen whether enough instances are in trouble
     * @return false when the epoch is over
     */
    boolean count(long now, BreakerSettings settings, long countedIn, Delta delta, boolean mayOpen) {
        return count(now, settings, countedIn, delta, mayOpen, Delta.NONE);
    }

    /** @param beside what others counted: too bad is only what is so with it, too */
    boolean count(long now, BreakerSettings settings, long countedIn, Delta delta, boolean mayOpen, Delta beside) {
        if (state != State.CLOSED || countedIn != epoch) {
            return false;
        }
        if (delta.isEmpty()) {
            return true;
        }
        window.add(now, settings.windowMillis(), delta);
        if (delta.failures() > 0) {
            lastFailure = unixSeconds.getAsLong();
        }
        Delta counted = window.sum(now);
        boolean ramping = isRamping(now, settings);
        Cause verdict = settings.verdict(counted.calls(), counted.failures(), counted.slow());
        if (verdict != null && !beside.isEmpty()) {
            Delta all = counted.plus(beside);
            verdict = settings.verdict(all.calls(), all.failures(), all.slow());
        }
        if (ramping && delta.failures() > 0) {
            verdict = Cause.RELAPSE;
        }
        if (verdict != null && mayOpen) {
            relapses = ramping ? relapses + 1 : 0;
            open(now, settings, verdict, counted, delta.retryAfterMillis());
        }
        return true;
    }

    /** Looks again at what was counted, and opens where that is too bad by itself. */
    void judge(long now, BreakerSettings settings) {
        Delta counted = window.sum(now);
        Cause verdict = settings.verdict(counted.calls(), counted.failures(), counted.slow());
        if (state == State.CLOSED && verdict != null) {
            relapses = isRamping(now, settings) ? relapses + 1 : 0;
            open(now, settings, verdict, counted, -1);
        }
    }

    private void open(long now, BreakerSettings settings, Cause verdict, Delta counted, long retryAfterMillis) {
        openedFailures = counted.failures();
        openedSuccesses = Math.max(0, counted.calls() - counted.failures());
        open(now, settings, verdict, retryAfterMillis);
    }

    /** Whether the circuit recovered so lately that only a part of the calls may pass. */
    boolean isRamping(long now, BreakerSettings settings) {
        return state == State.CLOSED && cause == Cause.RECOVERED && now - since < settings.rampUpMillis();
    }

    /** When the present state began. */
    long since() {
        return since;
    }

    /** Milliseconds in the present state. */
    long age(long now) {
        return Math.max(0, now - since);
    }

    /** Counts a trial call of an epoch. @return false when the epoch is over or the outcome says nothing */
    boolean verdict(long now, BreakerSettings settings, long askedIn, Outcome outcome, long retryAfterMillis) {
        if (state != State.HALF_OPEN || askedIn != epoch || outcome == Outcome.IGNORED) {
            return false;
        }
        if (outcome == Outcome.FAILURE) {
            lastFailure = unixSeconds.getAsLong();
            openedFailures = 1;
            openedSuccesses = trialSuccesses;
            relapses++;
            open(now, settings, Cause.RELAPSE, retryAfterMillis);
        } else if (++trialSuccesses >= settings.successThreshold()) {
            close(now, settings, Cause.RECOVERED, "");
        }
        return true;
    }

    /** Puts the fleet's state in place of this one. */
    void adopt(long now, BreakerSettings settings, Snapshot fleet) {
        blank = false;
        boolean known = fleet.epoch() == epoch && fleet.state() == state;
        if (!known) {
            if (fleet.state() == State.OPEN && state == State.HALF_OPEN && fleet.epoch() == Epoch.next(epoch)) {
                relapses++;
            }
            if (fleet.state() == State.CLOSED || state == State.CLOSED) {
                relapses = 0;
            }
            window.clear();
            move(now - fleet.sinceMillis(), fleet.state(), fleet.epoch(), fleet.cause(), fleet.by());
            taken = now;
            guessed = fleet.doubtful();
        } else if (!fleet.doubtful() && taken != NEVER && now - taken < BreakerStore.SILENCE_MILLIS) {
            // The store itself may have been in doubt of it.
            long heard = now - fleet.sinceMillis();
            since = Math.abs(heard - since) > JITTER_MILLIS ? heard : since;
        }
        guessed &= fleet.doubtful();
        if (!known || !fleet.doubtful()) {
            // What this one measured by its own clock is better than what a doubtful one tells.
            until = now + Math.min(fleet.remainingMillis(), settings.longestMillis(state));
        }
        lastFailure = Math.max(lastFailure, fleet.lastFailure());
        if (state != State.CLOSED) {
            openedFailures = fleet.failures();
        }
        if (state == State.OPEN) {
            openedSuccesses = fleet.successes();
        }
        if (state == State.HALF_OPEN) {
            trialSuccesses = fleet.successes();
        }
    }

    /** Takes what somebody orders here: by the clock of one who measured all times itself. */
    void give(long now, ModeOrder wish) {
        order.give(now, wish);
    }

    /** Takes an order that is newer than the one known. */
    void obey(long now, ModeOrder told) {
        order.obey(now, told);
    }

    /** As {@link StandingOrder#correct}. */
    void correct(long now, ModeOrder told) {
        order.correct(now, told);
    }

    /** What is ordered at this moment. */
    ModeOrder order(long now) {
        return order.at(now);
    }

    /** Gives the epoch the fleet's number and keeps the counts: nothing was decided here yet. */
    void renumber(long fleetEpoch) {
        epoch = fleetEpoch;
    }

    /** As {@link #renumber}, for one that meets a fleet in the same state: if that recovered lately, so did this one. */
    void meet(long now, Snapshot fleet) {
        taken = now;
        guessed = fleet.doubtful();
        epoch = fleet.epoch();
        since = now - fleet.sinceMillis();
        cause = fleet.cause();
        by = fleet.by();
    }

    State state() {
        return state;
    }

    long epoch() {
        return epoch;
    }

    /** Unix seconds, 0 for none. */
    long lastFailure() {
        return lastFailure;
    }

    /** Milliseconds until OPEN or HALF_OPEN ends. */
    long remaining(long now) {
        return state == State.CLOSED ? 0 : Math.max(0, until - now);
    }

    public Snapshot snapshot(long now, BreakerSettings settings) {
        Delta counted = state == State.CLOSED ? window.sum(now) : Delta.NONE;
        long failures = state == State.CLOSED ? counted.failures() : openedFailures;
        long successes = switch (state) {
            case CLOSED -> Math.max(0, counted.calls() - counted.failures());
            case OPEN -> openedSuccesses;
            case HALF_OPEN -> trialSuccesses;
        };
        return new Snapshot(
                service,
                state,
                epoch,
                doubted == NEVER ? remaining(now) : unclear(now),
                doubted == NEVER ? age(now) : 0,
                failures,
                successes,
                Math.max(0, settings.halfOpenQuota() - leases.size()),
                lastFailure,
                heads.paceMillis(settings.windowMillis()),
                cause,
                by,
                order.at(now),
                doubted != NEVER,
                decided);
    }

    /** While it is not clear how much time is left: no less than until it will be, and no more than when somebody spoke last. */
    private long unclear(long now) {
        long clearMillis = Math.max(0, doubted + BreakerStore.HOLD_OFF_MILLIS - now);
        return state == State.CLOSED ? 0 : Math.max(clearMillis, until - Math.max(now, seen));
    }

    /** Why it is in its state, for people. */
    String words(long now, BreakerSettings settings) {
        return cause.words(snapshot(now, settings));
    }

    /** What is in the window. */
    Delta counted(long now) {
        return window.sum(now);
    }

    /** What this instance would tell the store now. */
    Report report(
            long now,
            String instance,
            long countedIn,
            Delta delta,
            List<String> held,
            long partedIn,
            long sinceLastMillis) {
        return new Report(
                instance,
                state,
                epoch,
                remaining(now),
                guessed ? 0 : age(now),
                openedFailures,
                openedSuccesses,
                relapses,
                cause,
                countedIn,
                delta,
                held,
                partedIn,
                sinceLastMillis,
                order.at(now));
    }

    /** The clock is believed. */
    private void speak(long now) {
        if (state != State.CLOSED && Math.abs(now - seen) > LAPSE_MILLIS) {
            holdOff = now + BreakerStore.HOLD_OFF_MILLIS;
        }
        doubted = NEVER;
        seen = now;
    }

    /** The clock is not believed, from now on unless it was doubted lately. */
    private void doubt(long now) {
        if (doubted == NEVER || now < doubted || now > doubted + BreakerStore.SILENCE_MILLIS) {
            doubted = now;
        }
    }

    /** Begins an operation that tells nothing of the time left. @return false when the clock is not to be trusted */
    private boolean begin(long now, BreakerSettings settings) {
        order.hold(now);
        start(now);
        if (isUncertain(now) && (state != State.CLOSED || isRising(settings))) {
            doubt(now);
            return false;
        }
        if (isUncertain(now)) {
            since += now - seen;
        }
        speak(now);
        advance(now, settings);
        return true;
    }

    /** Nobody spoke for long, or the clock went back: it may be another server's. And so until that is clear. */
    private boolean isUncertain(long now) {
        return doubted != NEVER || now < seen - BreakerStore.SILENCE_MILLIS || now > seen + BreakerStore.SILENCE_MILLIS;
    }

    /** Whether calls were let in by degrees when somebody spoke last. */
    private boolean isRising(BreakerSettings settings) {
        return state == State.CLOSED && cause == Cause.RECOVERED && seen - since < settings.rampUpMillis();
    }

    /**
     * Whether it is clear how much time is left though the clock may have jumped: an instance that stands where the ledger
     * does knows, and one that outranks it makes it so. If there is none, the clock is believed after a while.
     */
    private boolean isClear(long now, BreakerSettings settings, Report report) {
        // What was heard while in doubt proves nothing; who knows no more tells of an age of 0.
        boolean knows = doubted == NEVER || (now >= doubted && report.sinceMillis() > now - doubted);
        if (knows && report.state() == state && report.epoch() == epoch) {
            if (state == State.CLOSED) {
                since = now - report.sinceMillis();
            } else {
                shift(now + report.remainingMillis() - until);
            }
            return true;
        }
        if ((state == State.CLOSED && !isRising(settings)) || isOutrankedBy(report)) {
            // A clock that went back must not begin the rise anew, and of one that jumped ahead nothing is older.
            since += now - seen;
            return true;
        }
        doubt(now);
        if (now < doubted + BreakerStore.HOLD_OFF_MILLIS) {
            return false;
        }
        if (now < seen) {
            // It went back, surely: what was left when somebody spoke last is left now.
            shift(now - seen);
        }
        return true;
    }

    /** An instance that was away may have counted on from an epoch that is over: its numbers say nothing then. */
    private boolean isOutrankedBy(Report report) {
        return Snapshot.outranks(report.state(), report.epoch(), state, epoch)
                && !Snapshot.binds(state, decided, report.state(), report.partedIn());
    }

    /**
     * Where two masters both answered for a while one side may have counted further, and yet an OPEN of the other be the later
     * word: by more than clocks may differ unnoticed.
     */
    private boolean isLaterOpen(long now, Report report) {
        boolean earned = state == State.OPEN && decided == epoch && cause != Cause.NO_VERDICT;
        return earned
                && report.state() != State.OPEN
                && report.sinceMillis() - BreakerStore.SILENCE_MILLIS > now - since;
    }

    private boolean isSameOpen(Report report) {
        return state == State.OPEN && report.state() == State.OPEN && report.epoch() == epoch;
    }

    /**
     * Two sides that opened without hearing of each other may have come to the same number: while both last, each stays
     * open for its time. So that is twice its time at most; one whose clock stood still may tell of more.
     */
    private void lengthen(long now, BreakerSettings settings, Report report) {
        long latest = since + 2 * settings.openMillis(relapses, -1, epoch);
        long toldUntil = Math.min(now + Math.min(report.remainingMillis(), settings.longestMillis(state)), latest);
        // Who but guesses tells of an age of 0.
        if (report.sinceMillis() > 0 && toldUntil - until > WAY_MILLIS) {
            until = toldUntil;
        }
    }

    private void shift(long by) {
        until += by;
        since += by;
        holdOff = holdOff == Long.MIN_VALUE ? holdOff : holdOff + by;
        leases.replaceAll((lease, end) -> end + by);
    }

    /** Its first state begins now, unless it began before. */
    void start(long now) {
        if (blank) {
            blank = false;
            since = now;
            seen = now;
        }
    }

    /** Believes an instance that knows better. */
    private void take(long now, BreakerSettings settings, Report report) {
        if (report.state() == State.OPEN && state == State.HALF_OPEN) {
            relapses++;
        }
        if (report.state() == State.CLOSED) {
            relapses = 0;
        }
        window.clear();
        troubled.clear();
        move(now - report.sinceMillis(), report.state(), report.epoch(), report.cause(), "");
        decide(report.partedIn() < 0 ? epoch : report.partedIn());
        if (state == State.OPEN && lastFailure == 0) {
            lastFailure = Math.max(0, unixSeconds.getAsLong() - report.sinceMillis() / 1_000);
        }
        until = now + Math.min(report.remainingMillis(), settings.longestMillis(state));
        openedFailures = report.failures();
        openedSuccesses = report.successes();
        trialSuccesses = 0;
        if (state != State.CLOSED) {
            holdOff = now + BreakerStore.HOLD_OFF_MILLIS;
        }
    }

    private void open(long now, BreakerSettings settings, Cause why, long retryAfterMillis) {
        window.clear();
        troubled.clear();
        move(now, State.OPEN, Epoch.next(epoch), why, "");
        decide(epoch);
        until = now + settings.openMillis(relapses, retryAfterMillis, epoch);
    }

    private void close(long now, BreakerSettings settings, Cause why, String who) {
        window.clear();
        troubled.clear();
        trialSuccesses = 0;
        // A recovery that fails while calls are still let in by degrees failed like any other.
        if (why == Cause.RESET || settings.rampUpMillis() == 0) {
            relapses = 0;
        }
        move(now, State.CLOSED, Epoch.next(epoch), why, who);
        decide(epoch);
    }

    private void decide(long in) {
        if (Epoch.isNewer(in, decided)) {
            decided = Epoch.isNewer(in, epoch) ? epoch : in;
        }
    }

    /** The one way from state to state. */
    private void move(long now, State to, long toEpoch, Cause why, String who) {
        guessed = false;
        state = to;
        epoch = toEpoch;
        since = now;
        cause = why;
        by = who;
    }
}
