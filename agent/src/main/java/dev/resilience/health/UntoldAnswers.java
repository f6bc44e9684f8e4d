package dev.resilience.health;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What this instance's probes found while nobody could say who probes, of services whose probe it held last: the fleet knows
 * of those times from nobody else. They count under the token it held. Bounded, the oldest go first. Thread-safe.
 */
final class UntoldAnswers {

    /** Of a service; a day at 30 s. */
    private static final int MOST = 2_880;

    /** Told at once: what else goes over the same connection must not wait for them. */
    private static final int AT_ONCE = 50;

    /** By service; none where another instance was the last holder. */
    private final Map<String, Long> tokens = new HashMap<>();

    private final Map<String, Deque<ProbeResult>> answers = new HashMap<>();

    synchronized void held(String service, long token) {
        tokens.put(service, token);
    }

    synchronized void lost(String service) {
        tokens.remove(service);
    }

    synchronized void keep(ProbeResult result) {
        Long token = tokens.get(result.service());
        if (token != null) {
            putBack(result.under(token));
        }
    }

    /** One that could not be told after all. */
    synchronized void putBack(ProbeResult result) {
        Deque<ProbeResult> kept = answers.computeIfAbsent(result.service(), service -> new ArrayDeque<>());
        if (kept.size() == MOST) {
            kept.removeFirst();
        }
        kept.add(result);
    }

    /** The next to be told, oldest first; they are no longer kept here. */
    synchronized List<ProbeResult> take(String service) {
        Deque<ProbeResult> kept = answers.getOrDefault(service, new ArrayDeque<>());
        List<ProbeResult> taken = new ArrayList<>();
        while (!kept.isEmpty() && taken.size() < AT_ONCE) {
            taken.add(kept.removeFirst());
        }
        return taken;
    }
}
