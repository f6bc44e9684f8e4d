package dev.resilience.breaker;

/**
 * Counts a fleet without a list of it: every report tells how long ago its instance reported last, and in ten seconds each
 * instance's times add up to ten seconds. Not thread-safe.
 */
final class Headcount {

    static final long BUCKET_MILLIS = 10_000;

    /** Where nobody waits longer than this for what others counted. */
    private static final long LONGEST_PACE_MILLIS = 15_000;

    private static final long SHORTEST_PACE_MILLIS = 1_000;

    /** Reports of a service that the store takes per second, about, however large the fleet: one in so many milliseconds. */
    private static final long MILLIS_PER_REPORT = 2;

    private long bucket;
    private long sum;
    private long before;

    void add(long now, long sinceLastMillis) {
        long present = Math.floorDiv(now, BUCKET_MILLIS);
        if (present != bucket) {
            before = present == bucket + 1 ? sum : 0;
            sum = 0;
            bucket = present;
        }
        sum += Math.max(0, Math.min(sinceLastMillis, 2 * BUCKET_MILLIS));
    }

    /** How long an instance with no news waits, so that the store's load hardly grows with the fleet. */
    long paceMillis(long windowMillis) {
        long instances = Math.max(before, sum) / BUCKET_MILLIS;
        long longest = Math.max(SHORTEST_PACE_MILLIS, Math.min(LONGEST_PACE_MILLIS, windowMillis / 10));
        return Math.max(SHORTEST_PACE_MILLIS, Math.min(longest, instances * MILLIS_PER_REPORT));
    }
}
