package dev.resilience.health;

import org.jspecify.annotations.Nullable;

/**
 * What one probe found.
 *
 * @param kind {@code http}, {@code sql} or {@code redis}
 * @param target what was asked, without credentials
 * @param atMillis Unix milliseconds of its start, on this host's clock
 * @param responseNanos how long the answer, or the failure, took
 * @param failure why it is down, without addresses or credentials; null when up
 * @param fencing token of the lease it was made under
 */
public record ProbeResult(
        String service,
        String kind,
        String target,
        long atMillis,
        long responseNanos,
        @Nullable String failure,
        long fencing) {

    public boolean up() {
        return failure == null;
    }

    public long responseMillis() {
        return (responseNanos + 500_000) / 1_000_000;
    }

    /** @param token of the lease that it counts under */
    ProbeResult under(long token) {
        return new ProbeResult(service, kind, target, atMillis, responseNanos, failure, token);
    }
}
