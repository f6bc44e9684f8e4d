package dev.resilience.breaker;

import java.util.concurrent.atomic.LongAdder;

/**
 * Outcomes of one epoch on this instance. They only grow, and what was taken is remembered: an outcome that arrives while
 * they are read is in this reading or in the next. Nobody reads those of an epoch that is over, so late outcomes change
 * nothing. Counting is thread-safe; {@link #take} is called by one thread at a time.
 */
final class Counters {

    private final LongAdder successes = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder slow = new LongAdder();

    /** Calls in flight for so long that they count already, less those of them that ended since. */
    private final LongAdder overdue = new LongAdder();

    /** Whether the next success is waited for. */
    private volatile boolean awaited;

    private long takenCalls;
    private long takenFailures;
    private long takenSlow;

    /** @return whether this one was waited for */
    boolean success() {
        successes.increment();
        return awaited && isFirst();
    }

    private synchronized boolean isFirst() {
        boolean first = awaited;
        awaited = false;
        return first;
    }

    /** From now on the next success is waited for. */
    void await() {
        awaited = true;
    }

    void failure() {
        failures.increment();
    }

    void slow() {
        slow.increment();
    }

    /** A call still runs after the time that makes it slow. */
    void overdue() {
        slow.increment();
        overdue.increment();
    }

    /** A call that was counted while it ran came to its end. */
    void overdueEnded() {
        overdue.decrement();
    }

    Delta take() {
        return take(-1);
    }

    /** What came since it was taken last. @param retryAfterMillis what one of the failures asked for, -1 when none did */
    Delta take(long retryAfterMillis) {
        // A call's own counter is read after the one that makes up for it, so that no call is counted twice in between.
        long nowSlow = slow.sum();
        long nowFailures = failures.sum();
        long nowCalls = Math.max(takenCalls, overdue.sum() + successes.sum() + nowFailures);
        if (nowCalls == takenCalls && nowFailures == takenFailures && nowSlow == takenSlow) {
            return Delta.NONE;
        }
        Delta delta =
                new Delta(nowCalls - takenCalls, nowFailures - takenFailures, nowSlow - takenSlow, retryAfterMillis);
        takenCalls = nowCalls;
        takenFailures = nowFailures;
        takenSlow = nowSlow;
        return delta;
    }
}
