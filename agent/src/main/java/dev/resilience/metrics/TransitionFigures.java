package dev.resilience.metrics;

import dev.resilience.breaker.State;
import java.util.List;
import java.util.Map;

/**
 * How often and how long one circuit stood where, since the JVM started as this instance learned of it, or over a while.
 * Immutable.
 *
 * @param counts transitions by kind
 * @param millisIn time spent in each state, the present one included
 * @param recoveries how often it came from OPEN to CLOSED
 * @param recoveryMillis time of all recoveries, from the first OPEN to CLOSED, relapses included
 * @param lastRecoveryMillis time of the last recovery, 0 when there was none
 * @param latelyMillis times of the last recoveries, oldest first, {@value #LATELY} at most
 * @param recoveringMillis time since the first OPEN of an outage that is not over; 0 when there is none
 */
public record TransitionFigures(
        Map<Kind, Long> counts,
        Map<State, Long> millisIn,
        long recoveries,
        long recoveryMillis,
        long lastRecoveryMillis,
        List<Long> latelyMillis,
        long recoveringMillis) {

    static final int LATELY = 1_000;

    /** From where to where. */
    public record Kind(State from, State to) {}
}
