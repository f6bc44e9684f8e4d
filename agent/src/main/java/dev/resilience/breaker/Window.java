package dev.resilience.breaker;

import java.util.Arrays;

/**
 * Counts of the last while, in time buckets that are forgotten one by one: a ring and nothing else. An outcome counts for
 * at most the whole window and at least nineteen twentieths of it. Not thread-safe.
 */
final class Window {

    static final int BUCKETS = 20;

    private static final long NEVER = Long.MIN_VALUE;

    private final long[] index = new long[BUCKETS];
    private final long[] calls = new long[BUCKETS];
    private final long[] failures = new long[BUCKETS];
    private final long[] slow = new long[BUCKETS];
    private long bucketMillis;

    Window() {
        clear();
    }

    /** Width of a bucket of a window. */
    static long bucketMillis(long windowMillis) {
        return Math.max(1, windowMillis / BUCKETS);
    }

    void clear() {
        Arrays.fill(index, NEVER);
    }

    void add(long now, long windowMillis, Delta delta) {
        Delta carried = resize(now, windowMillis);
        if (!carried.isEmpty()) {
            put(now, carried);
        }
        put(now, delta);
    }

    /** What counts at this moment. */
    Delta sum(long now) {
        if (bucketMillis == 0) {
            return Delta.NONE;
        }
        long newest = Math.floorDiv(now, bucketMillis);
        long allCalls = 0;
        long allFailures = 0;
        long allSlow = 0;
        for (int i = 0; i < BUCKETS; i++) {
            if (index[i] > newest - BUCKETS && index[i] <= newest) {
                allCalls += calls[i];
                allFailures += failures[i];
                allSlow += slow[i];
            }
        }
        return new Delta(allCalls, allFailures, allSlow, -1);
    }

    /** After the window's length was changed, what was counted moves into the newest bucket. */
    private Delta resize(long now, long windowMillis) {
        long wanted = bucketMillis(windowMillis);
        if (wanted == bucketMillis) {
            return Delta.NONE;
        }
        Delta counted = sum(now);
        clear();
        bucketMillis = wanted;
        return counted;
    }

    private void put(long now, Delta delta) {
        long bucket = Math.floorDiv(now, bucketMillis);
        int i = (int) Math.floorMod(bucket, (long) BUCKETS);
        if (index[i] != bucket) {
            index[i] = bucket;
            calls[i] = 0;
            failures[i] = 0;
            slow[i] = 0;
        }
        calls[i] += delta.calls();
        failures[i] += delta.failures();
        slow[i] += delta.slow();
    }
}
