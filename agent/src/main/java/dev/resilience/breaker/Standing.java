package dev.resilience.breaker;

import org.jspecify.annotations.Nullable;

/**
 * Where this instance stands: its own judgement of its own calls beside what it last heard of the fleet, and which of the
 * two holds. Guarded by the circuit's lock.
 */
final class Standing {

    /** What the store's word changed here. */
    enum Heard {
        NOTHING,
        /** Epoch and state are as they were; their end, or figures, may not be. */
        TIMES,
        /** When the state began is not what it seemed. */
        BEGINNING,
        /** The epoch has another number, and nothing was decided here yet: what was counted counts. */
        NUMBER,
        /** Another epoch: what was counted is over. */
        EPOCH
    }

    final Ledger own;
    private @Nullable Snapshot fleet;

    /** The own OPEN was decided while the store was away. */
    private boolean selfDecided;

    /**
     * The fleet is closed but the own OPEN is kept for its time, or too few instances are in trouble for the fleet and this one
     * opened for itself: its epochs are its own affair.
     */
    private boolean alone;

    /** The fleet's epoch when an OPEN was kept that the fleet had left behind or did not share; 0 when none is. */
    private long aloneSince;

    /** The store was not told since the start, or since it was away, where this instance stands: the fleet may have gone on without it. */
    private boolean parted = true;

    /** Epoch of the calls that were counted last. */
    private long countedIn;

    /** Of the calls in this instance's window all that it no longer has to tell, heard or not. */
    private Delta told = Delta.NONE;

    /** What others told of theirs, when the fleet was heard last, and the epoch of that. */
    private Delta others = Delta.NONE;

    private long othersIn;

    Standing(Ledger own) {
        this.own = own;
    }

    /** Whether nothing was heard or decided yet. */
    boolean isBlank() {
        return fleet == null && own.epoch() == 0;
    }

    /** Whether the store has said anything since the start. */
    boolean hasHeard() {
        return fleet != null;
    }

    /** Whether this instance decides by itself though the store answers. */
    boolean isAlone() {
        return alone;
    }

    /** The store is away. */
    void part() {
        parted = true;
    }

    /** The store answered where this instance stands. */
    void rejoin() {
        parted = false;
    }

    /** The fleet's epoch from which this instance went on by itself; -1 when it did not. */
    long partedIn() {
        return parted ? lastHeard() : -1;
    }

    private long lastHeard() {
        Snapshot last = fleet;
        return last == null ? 0 : last.epoch();
    }

    long countedIn() {
        return countedIn;
    }

    /**
     * Counts outcomes of the present epoch. Where one instance in trouble opens the circuit for all, it does so by what all
     * counted, as far as it has heard: whatever its own share of failures, the fleet's may be small.
     *
     * @param shared whether there are others to hear of
     * @return whether they opened the circuit here
     */
    boolean count(long now, BreakerSettings settings, Delta delta, boolean shared) {
        countedIn = own.epoch();
        boolean byAll = settings.minInstances() <= 1 && shared && othersIn == countedIn;
        own.count(now, settings, countedIn, delta, true, byAll ? others : Delta.NONE);
        if (own.state() == State.CLOSED) {
            return false;
        }
        alone |= settings.minInstances() > 1;
        return true;
    }

    /**
     * The own judgement moved the circuit. Where it went alone its epochs were its own affair: closed again, it goes on with
     * the fleet's.
     *
     * @param storeAway whether there was nobody to ask
     */
    void decided(long now, BreakerSettings settings, boolean storeAway) {
        selfDecided = (alone || storeAway) && own.state() != State.CLOSED;
        if (!alone || own.state() != State.CLOSED) {
            return;
        }
        alone = false;
        Snapshot heard = fleet;
        if (heard == null) {
            own.renumber(0);
        } else {
            own.adopt(now, settings, heard);
        }
    }

    /** What was weighed against others' calls counts by itself: there is nobody to hear of them. @return whether it opened the circuit here */
    boolean judge(long now, BreakerSettings settings) {
        own.judge(now, settings);
        return own.state() != State.CLOSED;
    }

    /** A report goes. @param untold of what is in the window */
    void tells(long now, Delta untold) {
        Delta counted = own.counted(now);
        told = new Delta(
                counted.calls() - untold.calls(),
                counted.failures() - untold.failures(),
                counted.slow() - untold.slow(),
                -1);
    }

    /** The store answered a report that it counted: what is not of this instance is of the others. */
    void learnOthers(Snapshot fleet) {
        boolean closed = fleet.state() == State.CLOSED;
        long failures = closed ? Math.max(0, fleet.failures() - told.failures()) : 0;
        long calls = closed ? Math.max(failures, fleet.failures() + fleet.successes() - told.calls()) : 0;
        // How many of them were slow is not told: the store, which knows, opens for those.
        others = new Delta(calls, failures, 0, -1);
        othersIn = fleet.epoch();
    }

    /** What was heard of others is old by the time that they are heard again. */
    void forgetOthers() {
        others = Delta.NONE;
        othersIn = -1;
    }

    /**
     * Brings what the store says and what this instance knows together: the newer epoch wins, unless the two parted and the
     * fleet decided something meanwhile.
     */
    Heard hear(long now, BreakerSettings settings, Snapshot heard) {
        boolean first = fleet == null;
        boolean bound = heard.binds(own.state(), partedIn());
        boolean decidedHere = selfDecided || (bound && (own.epoch() != lastHeard() || isLaterOpen(now, heard)));
        // Where the two parted an OPEN may have been earned after it.
        boolean wasReset = !(bound && decidedHere)
                && heard.cause() == Cause.RESET
                && Epoch.isNewer(heard.epoch(), countedIn)
                && Epoch.isNewer(heard.epoch(), aloneSince);
        fleet = heard;
        if (alone) {
            if (bound && decidedHere) {
                aloneSince = heard.epoch();
            }
            // As long as the fleet is closed, too few are in trouble, or it recovered without this instance: whose
            // epochs run on meanwhile, and must not be taken for newer ones of the fleet's.
            // Nor are trials that others wait for the end of what this one keeps open.
            boolean byItself = settings.minInstances() <= 1;
            boolean served = own.state() == State.HALF_OPEN && byItself;
            boolean tries = heard.state() == State.HALF_OPEN && own.state() == State.OPEN && byItself;
            boolean keeps = tries || (heard.state() == State.CLOSED && !wasReset && !served);
            return keeps ? Heard.NOTHING : adopt(now, settings, heard);
        }
        if (heard.epoch() == own.epoch() && heard.state() == own.state()) {
            selfDecided = false;
            long since = own.since();
            own.adopt(now, settings, heard);
            return own.since() == since ? Heard.TIMES : Heard.BEGINNING;
        }
        if (!bound && !heard.outranks(own.state(), own.epoch())) {
            return Heard.NOTHING;
        }
        if (decidedHere && own.state() == State.OPEN && heard.state() == State.CLOSED && !wasReset) {
            // Decided while the store was away, against an epoch that is over: it binds nobody else, and here it is
            // kept for its time. What waits for trials has served it: others had theirs.
            alone = true;
            aloneSince = heard.epoch();
            return Heard.NOTHING;
        }
        if (first && own.epoch() == 0 && own.state() == State.CLOSED && heard.state() == State.CLOSED) {
            own.meet(now, heard);
            countedIn = heard.epoch();
            return Heard.NUMBER;
        }
        return adopt(now, settings, heard);
    }

    /** Of two masters that both answered for a while one may have closed what was closed before the other's fleet opened. */
    private boolean isLaterOpen(long now, Snapshot heard) {
        return own.state() == State.OPEN && heard.sinceMillis() - BreakerStore.SILENCE_MILLIS > own.age(now);
    }

    /** Takes the store's word, whatever this instance thought. */
    Heard adopt(long now, BreakerSettings settings, Snapshot heard) {
        alone = false;
        aloneSince = 0;
        selfDecided = false;
        own.adopt(now, settings, heard);
        return Heard.EPOCH;
    }

    /** Takes the store's answer to a reset. */
    Heard hearReset(long now, BreakerSettings settings, Snapshot heard) {
        if (alone) {
            return adopt(now, settings, heard);
        }
        selfDecided = false;
        return hear(now, settings, heard);
    }

    /** The store did not count the failed trial that opened the circuit here: the fleet may have moved on without it. */
    Heard overruled(long now, BreakerSettings settings, long askedIn, Snapshot heard) {
        boolean openedBySelf = own.state() == State.OPEN && own.epoch() == Epoch.next(askedIn);
        if (openedBySelf && heard.epoch() == own.epoch() && heard.state() != State.OPEN) {
            return adopt(now, settings, heard);
        }
        return hear(now, settings, heard);
    }

    /** What people are shown: the fleet's figures where they are of the present state, else the own. */
    Snapshot shown(long now, BreakerSettings settings, boolean storeAway) {
        Snapshot heard = fleet;
        if (heard == null || alone || storeAway || heard.epoch() != own.epoch() || heard.state() != own.state()) {
            return own.snapshot(now, settings);
        }
        return heard;
    }
}
