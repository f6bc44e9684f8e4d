package dev.resilience.metrics;

import dev.resilience.breaker.State;
import dev.resilience.breaker.Transition;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/** Follows one circuit. Transitions are rare, so a lock is enough. */
final class TransitionTally {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Map<TransitionFigures.Kind, Long> counts = new HashMap<>();
    private final Map<State, Long> nanosIn = new EnumMap<>(State.class);
    private State state = State.CLOSED;
    private long sinceNanos;
    private boolean recovering;
    private long openedNanos;
    private long recoveries;
    private long recoveryNanos;
    private long lastRecoveryNanos;

    TransitionTally(long nowNanos) {
        sinceNanos = nowNanos;
    }

    synchronized void onTransition(Transition transition, long nowNanos) {
        counts.merge(new TransitionFigures.Kind(transition.from(), transition.to()), 1L, Long::sum);
        // The state left is the transition's word: an instance that joins late learns from it where the circuit was.
        nanosIn.merge(transition.from(), nowNanos - sinceNanos, Long::sum);
        state = transition.to();
        sinceNanos = nowNanos;
        if (state == State.OPEN && !recovering) {
            recovering = true;
            openedNanos = nowNanos;
        } else if (state == State.CLOSED && recovering) {
            recovering = false;
            recoveries++;
            lastRecoveryNanos = nowNanos - openedNanos;
            recoveryNanos += lastRecoveryNanos;
        }
    }

    synchronized TransitionFigures figures(long nowNanos) {
        Map<State, Long> millisIn = new EnumMap<>(State.class);
        for (State each : State.values()) {
            long nanos = nanosIn.getOrDefault(each, 0L) + (each == state ? nowNanos - sinceNanos : 0);
            millisIn.put(each, nanos / NANOS_PER_MILLI);
        }
        return new TransitionFigures(
                Map.copyOf(counts),
                Map.copyOf(millisIn),
                recoveries,
                recoveryNanos / NANOS_PER_MILLI,
                lastRecoveryNanos / NANOS_PER_MILLI);
    }
}
