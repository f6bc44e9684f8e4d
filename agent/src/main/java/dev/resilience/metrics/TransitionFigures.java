package dev.resilience.metrics;

import dev.resilience.breaker.State;
import java.util.Map;

/**
 * How often and how long one circuit stood where, since the JVM started, as this instance learned of it. Immutable.
 *
 * @param counts transitions by kind
 * @param millisIn time spent in each state, the present one included
 * @param recoveries how often it came from OPEN to CLOSED
 * @param recoveryMillis time of all recoveries, from the first OPEN to CLOSED, relapses included
 * @param lastRecoveryMillis time of the last recovery, 0 when there was none
 */
public record TransitionFigures(
        Map<Kind, Long> counts,
        Map<State, Long> millisIn,
        long recoveries,
        long recoveryMillis,
        long lastRecoveryMillis) {

    /** From where to where. */
    public record Kind(State from, State to) {}
}
