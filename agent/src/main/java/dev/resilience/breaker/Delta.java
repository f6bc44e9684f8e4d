package dev.resilience.breaker;

/**
 * Outcomes of one epoch that were not reported yet.
 *
 * @param calls calls with an outcome, and those in flight that count as slow already
 * @param slow how many of the calls took too long
 * @param retryAfterMillis the longest time that a failure asked for, -1 when none did
 */
public record Delta(long calls, long failures, long slow, long retryAfterMillis) {

    public static final Delta NONE = new Delta(0, 0, 0, -1);

    public boolean isEmpty() {
        return calls == 0 && failures == 0 && slow == 0;
    }

    Delta plus(Delta more) {
        return new Delta(
                calls + more.calls,
                failures + more.failures,
                slow + more.slow,
                Math.max(retryAfterMillis, more.retryAfterMillis));
    }
}
