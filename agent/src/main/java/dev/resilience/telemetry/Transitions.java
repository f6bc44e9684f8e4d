package dev.resilience.telemetry;

import dev.resilience.breaker.Transition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The last state changes, for the spans they fell into. Thread-safe. */
final class Transitions {

    private static final int KEPT = 256;

    /** A circuit opens by the outcome of a call that has just ended, and is heard of a moment later, milliseconds. */
    private static final long AFTER_END = 100;

    private final Deque<Transition> last = new ArrayDeque<>();

    synchronized void add(Transition transition) {
        if (last.size() == KEPT) {
            last.removeFirst();
        }
        last.addLast(transition);
    }

    /** @param startMillis Unix milliseconds, as the end */
    synchronized List<Transition> during(String service, long startMillis, long endMillis) {
        if (last.isEmpty() || last.getLast().atMillis() < startMillis) {
            return List.of();
        }
        List<Transition> found = new ArrayList<>();
        for (Transition transition : last) {
            if (transition.service().equals(service)
                    && transition.atMillis() >= startMillis
                    && transition.atMillis() <= endMillis + AFTER_END) {
                found.add(transition);
            }
        }
        return found;
    }
}
