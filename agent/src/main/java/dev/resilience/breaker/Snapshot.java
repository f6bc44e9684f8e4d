package dev.resilience.breaker;

/**
 * A circuit as its store knows it. Every time in it is a duration, counted from when it was taken: no clock crosses the
 * wire.
 *
 * @param remainingMillis until OPEN or HALF_OPEN ends; 0 in CLOSED
 * @param sinceMillis how long the state lasts already
 * @param failures in the window (CLOSED), or those that opened it
 * @param successes in the window (CLOSED), successful trials (HALF_OPEN), or those beside the failures that opened it
 * @param quotaLeft trial permits left
 * @param lastFailure Unix seconds on the store's clock, for people; 0 for none
 * @param paceMillis how long an instance with no news should wait before it reports again
 * @param by who asked for a reset; empty otherwise
 * @param order the mode that was ordered at run time
 * @param decided the newest epoch that instances decided while they heard of each other, as far as the store knows; what one came
 *     to by itself may have a newer one
 * @param doubtful whether its times are for those alone who know none: the store's clock may be another server's than the one by
 *     which the state began, or it may have waited on its way
 */
public record Snapshot(
        String service,
        State state,
        long epoch,
        long remainingMillis,
        long sinceMillis,
        long failures,
        long successes,
        int quotaLeft,
        long lastFailure,
        long paceMillis,
        Cause cause,
        String by,
        ModeOrder order,
        boolean doubtful,
        long decided) {

    /** Whether somebody in the fleet has made a call lately, or is to make the next. */
    public boolean isBusy() {
        return state != State.CLOSED || failures + successes > 0;
    }

    /**
     * The same of what may have waited on its way: an instance that stood still reads it late. How long OPEN lasts is then
     * known by the next answer alone.
     */
    Snapshot delayed() {
        if (state != State.OPEN) {
            return this;
        }
        return new Snapshot(
                service,
                state,
                epoch,
                remainingMillis,
                sinceMillis,
                failures,
                successes,
                quotaLeft,
                lastFailure,
                paceMillis,
                cause,
                by,
                order,
                true,
                decided);
    }

    /** Whether it outranks a circuit in {@code other} at {@code otherEpoch}: newer, or as new and more careful. */
    boolean outranks(State other, long otherEpoch) {
        return outranks(state, epoch, other, otherEpoch);
    }

    static boolean outranks(State state, long epoch, State other, long otherEpoch) {
        return epoch != otherEpoch ? Epoch.isNewer(epoch, otherEpoch) : caution(state) > caution(other);
    }

    /** Whether it binds an instance that went on by itself. */
    boolean binds(State other, long partedIn) {
        return binds(state, decided, other, partedIn);
    }

    /**
     * Whether the fleet's state binds an instance that went on by itself from an epoch of the fleet's, whatever number it came
     * to: all that the fleet decided since then does, but for an OPEN of the instance's where the fleet is not closed.
     *
     * @param other where the instance stands
     * @param partedIn -1 when it did not go on by itself
     */
    static boolean binds(State state, long decided, State other, long partedIn) {
        boolean decidedSince = partedIn >= 0 && Epoch.isNewer(decided, partedIn);
        return decidedSince && (other != State.OPEN || state == State.CLOSED);
    }

    private static int caution(State state) {
        return switch (state) {
            case CLOSED -> 0;
            case HALF_OPEN -> 1;
            case OPEN -> 2;
        };
    }
}
