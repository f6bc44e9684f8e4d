package dev.resilience.fallback;

import org.jspecify.annotations.Nullable;

/**
 * Why a call needs an answer.
 *
 * @param rejected the call was not made; otherwise it was made and failed
 * @param retryAfterMillis milliseconds until the dependency may be tried again, 0 when unknown
 * @param status HTTP status of the failed response, 0 for none
 * @param failure what the call threw, null for none
 * @param trace W3C {@code traceparent} of the call's own span, null where it has none
 */
public record Trouble(
        boolean rejected,
        long retryAfterMillis,
        int status,
        @Nullable Throwable failure,
        @Nullable String trace) {

    /** Of a call that nobody traces. */
    public Trouble(boolean rejected, long retryAfterMillis, int status, @Nullable Throwable failure) {
        this(rejected, retryAfterMillis, status, failure, null);
    }
}
