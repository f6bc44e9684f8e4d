package dev.resilience.breaker;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets a rising share of the calls through after a recovery, from a tenth to all of them, evenly: of ten calls at the
 * beginning it is one, not perhaps one. Thread-safe, without waiting.
 */
final class Ramp {

    private static final long WHOLE = 1_000;
    private static final long FIRST = 100;

    private final long startNanos;
    private final long lengthNanos;

    /** Calls that may pass, in thousandths. What is short of a whole one waits for the next call. */
    private final AtomicLong allowance = new AtomicLong(WHOLE - FIRST);

    Ramp(long startNanos, long lengthNanos) {
        this.startNanos = startNanos;
        this.lengthNanos = lengthNanos;
    }

    boolean admits(long nowNanos) {
        double done = Math.max(0, (double) (nowNanos - startNanos) / lengthNanos);
        if (done >= 1) {
            return true;
        }
        long share = FIRST + (long) ((WHOLE - FIRST) * done);
        long before = allowance.getAndAdd(share);
        return (before + share) / WHOLE > before / WHOLE;
    }
}
