package dev.resilience.metrics;

import dev.resilience.breaker.Found;
import dev.resilience.breaker.State;
import dev.resilience.breaker.Transition;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Follows one circuit. Transitions are rare, so a lock is enough. */
final class TransitionTally {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Map<TransitionFigures.Kind, Long> counts = new HashMap<>();
    private final Map<State, Long> nanosIn = new EnumMap<>(State.class);
    private final Deque<Long> latelyMillis = new ArrayDeque<>();
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

    /** What a journal's entries amount to from {@code windowMillis} ago until now. @param journal oldest first */
    static TransitionFigures over(List<TransitionJournal.Entry> journal, long windowMillis) {
        TransitionTally tally = new TransitionTally(-windowMillis * NANOS_PER_MILLI);
        for (TransitionJournal.Entry entry : journal) {
            long atNanos = -entry.ageMillis() * NANOS_PER_MILLI;
            if (entry.ageMillis() > windowMillis) {
                tally.remember(entry.from(), entry.to(), atNanos);
            } else {
                tally.onTransition(entry.from(), entry.to(), atNanos);
            }
        }
        return tally.figures(0);
    }

    synchronized void onTransition(Transition transition, long nowNanos) {
        onTransition(transition.from(), transition.to(), nowNanos);
    }

    /** The circuit was so before this instance came: time is counted from now on, an outage from where it began. */
    synchronized void onFound(Found found, long nowNanos) {
        nanosIn.merge(state, nowNanos - sinceNanos, Long::sum);
        state = found.state();
        sinceNanos = nowNanos;
        if (state != State.CLOSED && !recovering) {
            recovering = true;
            openedNanos = nowNanos - found.sinceMillis() * NANOS_PER_MILLI;
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
                lastRecoveryNanos / NANOS_PER_MILLI,
                List.copyOf(latelyMillis),
                recovering ? (nowNanos - openedNanos) / NANOS_PER_MILLI : 0);
    }

    private void onTransition(State from, State to, long nowNanos) {
        counts.merge(new TransitionFigures.Kind(from, to), 1L, Long::sum);
        // The state left is the transition's word: an instance that joins late learns from it where the circuit was.
        nanosIn.merge(from, nowNanos - sinceNanos, Long::sum);
        state = to;
        sinceNanos = nowNanos;
        if (state == State.OPEN && begins(from)) {
            recovering = true;
            openedNanos = nowNanos;
        } else if (state == State.CLOSED && recovering) {
            recovering = false;
            recoveries++;
            lastRecoveryNanos = nowNanos - openedNanos;
            recoveryNanos += lastRecoveryNanos;
            if (latelyMillis.size() == TransitionFigures.LATELY) {
                latelyMillis.removeFirst();
            }
            latelyMillis.addLast(lastRecoveryNanos / NANOS_PER_MILLI);
        }
    }

    /** Whether an OPEN that follows {@code from} begins an outage. One from CLOSED does, though nobody told of the end before. */
    private boolean begins(State from) {
        return !recovering || from == State.CLOSED;
    }

    /** Before the window: counts nothing, but an outage that reaches into the window began here. */
    private void remember(State from, State to, long atNanos) {
        state = to;
        if (to == State.OPEN && begins(from)) {
            recovering = true;
            openedNanos = atNanos;
        } else if (to == State.CLOSED) {
            recovering = false;
        }
    }
}
