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
 * @param doubtful whether the store's clock may be another server's than the one by which the state began: its times are then for
 *     those alone who know none
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
        boolean doubtful) {

    /** Whether it outranks a circuit in {@code other} at {@code otherEpoch}: newer, or as new and more careful. */
    boolean outranks(State other, long otherEpoch) {
        return outranks(state, epoch, other, otherEpoch);
    }

    static boolean outranks(State state, long epoch, State other, long otherEpoch) {
        return epoch != otherEpoch ? Epoch.isNewer(epoch, otherEpoch) : caution(state) > caution(other);
    }

    private static int caution(State state) {
        return switch (state) {
            case CLOSED -> 0;
            case HALF_OPEN -> 1;
            case OPEN -> 2;
        };
    }
}
