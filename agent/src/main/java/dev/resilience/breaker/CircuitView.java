package dev.resilience.breaker;

/**
 * A circuit's figures at one moment, fleet-wide where there is a shared store.
 *
 * @param failures failed calls in the window (CLOSED), or those that opened it
 * @param successes successful calls in the window (CLOSED), or successful trials (HALF_OPEN)
 * @param failureRate share of failed calls in the window, 0 to 1
 * @param halfOpenQuota trial permits left
 * @param lastFailure Unix seconds of the last counted failure, 0 for none
 * @param retryAfterMillis milliseconds until the next trial, 0 unless OPEN
 * @param epoch number of the state; grows with every transition
 * @param sinceMillis milliseconds spent in the state so far
 */
public record CircuitView(
        String service,
        State state,
        long failures,
        long successes,
        double failureRate,
        int halfOpenQuota,
        long lastFailure,
        long retryAfterMillis,
        long epoch,
        long sinceMillis) {}
