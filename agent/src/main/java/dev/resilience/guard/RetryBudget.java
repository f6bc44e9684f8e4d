package dev.resilience.guard;

import java.util.Arrays;

/**
 * How many extra calls a service's retries may make: a tenth of its calls over the window, as in Finagle's {@code
 * RetryBudget}, whose small reserve for a service with few calls it has too. Thread-safe.
 */
final class RetryBudget {

    /** Extra calls that are allowed in a window whatever the traffic. */
    static final int RESERVE = 10;

    private static final int BUCKETS = 10;
    private static final int CALLS_PER_RETRY = 10;

    private final long bucketNanos;
    private final long[] index = new long[BUCKETS];
    private final long[] calls = new long[BUCKETS];
    private final long[] retries = new long[BUCKETS];

    RetryBudget(long windowNanos) {
        bucketNanos = Math.max(1, windowNanos / BUCKETS);
        Arrays.fill(index, Long.MIN_VALUE);
    }

    /** A call that may need a retry begins. */
    synchronized void call(long nowNanos) {
        calls[bucket(nowNanos)]++;
    }

    /** @return whether one more extra call may be made, which is counted then */
    synchronized boolean retry(long nowNanos) {
        int newest = bucket(nowNanos);
        long oldest = index[newest] - BUCKETS;
        long made = 0;
        long extra = 0;
        for (int i = 0; i < BUCKETS; i++) {
            if (index[i] > oldest) {
                made += calls[i];
                extra += retries[i];
            }
        }
        if (extra >= Math.max(RESERVE, made / CALLS_PER_RETRY)) {
            return false;
        }
        retries[newest]++;
        return true;
    }

    private int bucket(long nowNanos) {
        long number = Math.floorDiv(nowNanos, bucketNanos);
        int i = (int) Math.floorMod(number, (long) BUCKETS);
        if (index[i] != number) {
            index[i] = number;
            calls[i] = 0;
            retries[i] = 0;
        }
        return i;
    }
}
