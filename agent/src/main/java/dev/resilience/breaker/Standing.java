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

    /** Epoch of the calls that were counted last. */
    private long countedIn;

    Standing(Ledger own) {
        this.own = own;
    }

    /** Whether nothing was heard or decided yet. */
    boolean isBlank() {
        return fleet == null && own.epoch() == 0;
    }

    /** Whether this instance decides by itself though the store answers. */
    boolean isAlone() {
        return alone;
    }

    long countedIn() {
        return countedIn;
    }

    /** Counts outcomes of the present epoch. @return whether they opened the circuit here */
    boolean count(long now, BreakerSettings settings, Delta delta) {
        countedIn = own.epoch();
        own.count(now, settings, countedIn, delta, true);
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

    /** Brings what the store says and what this instance knows together: the newer epoch wins. */
    Heard hear(long now, BreakerSettings settings, Snapshot heard) {
        boolean first = fleet == null;
        fleet = heard;
        boolean wasReset = heard.cause() == Cause.RESET && Epoch.isNewer(heard.epoch(), countedIn);
        if (alone) {
            // As long as the fleet is closed, too few are in trouble, or it recovered without this instance: whose
            // epochs run on meanwhile, and must not be taken for newer ones of the fleet's.
            return heard.state() == State.CLOSED && !wasReset ? Heard.NOTHING : adopt(now, settings, heard);
        }
        if (heard.epoch() == own.epoch() && heard.state() == own.state()) {
            selfDecided = false;
            own.adopt(now, settings, heard);
            return Heard.TIMES;
        }
        if (!heard.outranks(own.state(), own.epoch())) {
            return Heard.NOTHING;
        }
        if (selfDecided && own.state() != State.CLOSED && heard.state() == State.CLOSED && !wasReset) {
            // Decided while the store was away, against an epoch that is over: it binds nobody else, and is not lost
            // here.
            alone = true;
            return Heard.NOTHING;
        }
        if (first && own.epoch() == 0 && own.state() == State.CLOSED && heard.state() == State.CLOSED) {
            own.renumber(heard.epoch());
            countedIn = heard.epoch();
            return Heard.NUMBER;
        }
        return adopt(now, settings, heard);
    }

    /** Takes the store's word, whatever this instance thought. */
    Heard adopt(long now, BreakerSettings settings, Snapshot heard) {
        alone = false;
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
