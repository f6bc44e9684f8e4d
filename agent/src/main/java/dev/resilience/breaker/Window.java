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

    /** What lies more than a whole window ahead was counted by another clock, and must not count when this one comes there. */
    void forgetAhead(long now) {
        if (bucketMillis == 0) {
            return;
        }
        long furthest = Math.floorDiv(now, bucketMillis) + BUCKETS;
        for (int i = 0; i < BUCKETS; i++) {
            if (index[i] > furthest) {
                index[i] = NEVER;
            }
        }
    }

    void add(long now, long windowMillis, Delta delta) {
        resize(now, bucketMillis(windowMillis));
        put(now, delta.calls(), delta.failures(), delta.slow());
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

    /**
     * Another width from now on. What was counted stays where it was in time: two instances whose files differ change it again
     * and again, and nothing may become younger by that.
     */
    private void resize(long now, long wanted) {
        if (wanted == bucketMillis) {
            return;
        }
        Window before = new Window();
        before.bucketMillis = bucketMillis;
        for (int i = 0; i < BUCKETS; i++) {
            before.index[i] = index[i];
            before.calls[i] = calls[i];
            before.failures[i] = failures[i];
            before.slow[i] = slow[i];
        }
        clear();
        bucketMillis = wanted;
        for (int i = 0; i < BUCKETS; i++) {
            long began = before.index[i] * before.bucketMillis;
            if (before.index[i] != NEVER && began <= now && isInside(Math.floorDiv(began, wanted), now)) {
                put(began, before.calls[i], before.failures[i], before.slow[i]);
            }
        }
    }

    private boolean isInside(long bucket, long now) {
        return bucket > Math.floorDiv(now, bucketMillis) - BUCKETS;
    }

    private void put(long at, long moreCalls, long moreFailures, long moreSlow) {
        long bucket = Math.floorDiv(at, bucketMillis);
        int i = (int) Math.floorMod(bucket, (long) BUCKETS);
        if (index[i] != bucket) {
            index[i] = bucket;
            calls[i] = 0;
            failures[i] = 0;
            slow[i] = 0;
        }
        calls[i] += moreCalls;
        failures[i] += moreFailures;
        slow[i] += moreSlow;
    }
}
