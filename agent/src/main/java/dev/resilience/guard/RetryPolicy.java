package dev.resilience.guard;

import dev.resilience.config.EndpointConfig;
import dev.resilience.fallback.Request;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * An endpoint's own repetition of calls that fail. Waits follow exponential backoff with full jitter (Marc Brooker,
 * "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). Thread-safe.
 *
 * @param attempts the first one included
 * @param repeatable methods that are safe to repeat, upper case; empty for any
 */
record RetryPolicy(
        int attempts, long backoffMillis, long maxBackoffMillis, Set<String> repeatable, RetryBudget budget) {

    private static final int LARGEST_SHIFT = 30;

    static RetryPolicy of(EndpointConfig.Retry retry, boolean anyMethod, RetryBudget budget) {
        return new RetryPolicy(
                retry.attempts(),
                retry.backoff().toMillis(),
                retry.maxBackoff().toMillis(),
                anyMethod ? Set.of() : Request.Http.IDEMPOTENT,
                budget);
    }

    boolean mayRepeat(String method) {
        return repeatable.isEmpty() || repeatable.contains(method);
    }

    /**
     * How long to wait before the next attempt; -1 for none.
     *
     * @param made attempts so far
     * @param retryAfterMillis what the dependency asked for, -1 when it did not; longer than the longest wait means that the
     *     caller is better off with the failure
     */
    long nextWaitMillis(int made, long retryAfterMillis, long nowNanos) {
        if (made >= attempts || retryAfterMillis > maxBackoffMillis || !budget.retry(nowNanos)) {
            return -1;
        }
        long grown = backoffMillis << Math.min(made - 1, LARGEST_SHIFT);
        long ceiling = grown < backoffMillis ? maxBackoffMillis : Math.min(grown, maxBackoffMillis);
        long jittered = ceiling <= 0 ? 0 : ThreadLocalRandom.current().nextLong(ceiling + 1);
        return Math.max(jittered, retryAfterMillis);
    }
}
