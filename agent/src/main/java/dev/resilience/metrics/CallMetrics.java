package dev.resilience.metrics;

import dev.resilience.breaker.Found;
import dev.resilience.breaker.Transition;
import dev.resilience.breaker.TransitionListener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * All that this instance measured since the JVM started. Reading it costs some tens of microseconds per endpoint and
 * disturbs no caller. Thread-safe.
 */
public final class CallMetrics implements CallRecorder, TransitionListener {

    /**
     * So many endpoints have a stripe for each thread that runs at once; where there are more (of a service that has a circuit
     * for each host, up to a thousand), the later ones have one, and memory stays within bounds.
     */
    private static final int MOST_STRIPED = 128;

    private final LongSupplier nanoClock;
    private int endpoints;
    private final Map<String, Map<String, Tally>> tallies = new LinkedHashMap<>();
    private final Map<String, TransitionTally> transitions = new ConcurrentHashMap<>();

    /** @param nanoClock monotonic, as {@link System#nanoTime()} */
    public CallMetrics(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    @Override
    public EndpointRecorder endpoint(String service, String endpoint) {
        synchronized (tallies) {
            circuit(service);
            return tallies.computeIfAbsent(service, s -> new LinkedHashMap<>())
                    .computeIfAbsent(
                            endpoint, e -> new Tally(service, e, ++endpoints <= MOST_STRIPED ? Tally.STRIPES : 1));
        }
    }

    @Override
    public void onTransition(Transition transition) {
        circuit(transition.service()).onTransition(transition, nanoClock.getAsLong());
    }

    @Override
    public void onFound(Found found) {
        circuit(found.service()).onFound(found, nanoClock.getAsLong());
    }

    /** Its figures are forgotten: calls may name any number of hosts. */
    @Override
    public void onGone(String service) {
        transitions.remove(service);
    }

    /** By service, in the order in which they were first seen; services without endpoints have transitions only. */
    public Map<String, ServiceFigures> figures() {
        Map<String, List<Tally>> seen = new LinkedHashMap<>();
        synchronized (tallies) {
            tallies.forEach((service, endpoints) -> seen.put(service, new ArrayList<>(endpoints.values())));
        }
        transitions.keySet().forEach(service -> seen.putIfAbsent(service, List.of()));
        Map<String, ServiceFigures> figures = new LinkedHashMap<>();
        seen.forEach((service, endpoints) -> figures.put(service, figures(service, endpoints)));
        return figures;
    }

    /** One service's figures: zeros for one never seen. */
    public ServiceFigures figures(String service) {
        List<Tally> endpoints;
        synchronized (tallies) {
            endpoints = new ArrayList<>(tallies.getOrDefault(service, Map.of()).values());
        }
        return figures(service, endpoints);
    }

    /** Traced calls of one endpoint, one a histogram bucket at most. */
    public List<Exemplar> exemplars(String service, String endpoint) {
        Tally tally;
        synchronized (tallies) {
            tally = tallies.getOrDefault(service, Map.of()).get(endpoint);
        }
        return tally == null ? List.of() : tally.exemplars();
    }

    /** Each endpoint's figures where calls came since {@code seen} was given here last; {@code seen} is brought up to date. */
    List<EndpointFigures> moved(Map<String, Long> seen) {
        List<Tally> all = new ArrayList<>();
        synchronized (tallies) {
            tallies.values().forEach(endpoints -> all.addAll(endpoints.values()));
        }
        List<EndpointFigures> moved = new ArrayList<>();
        for (Tally tally : all) {
            // Read before the figures: a call that comes in between is seen again the next time, never missed.
            long moves = tally.moves();
            Long before = seen.put(tally.name(), moves);
            if (before == null ? moves != 0 : before != moves) {
                moved.add(tally.figures());
            }
        }
        return moved;
    }

    private ServiceFigures figures(String service, List<Tally> endpoints) {
        TransitionTally circuit = transitions.get(service);
        long now = nanoClock.getAsLong();
        return ServiceFigures.of(
                service,
                endpoints.stream().map(Tally::figures).toList(),
                (circuit == null ? new TransitionTally(now) : circuit).figures(now));
    }

    private TransitionTally circuit(String service) {
        return transitions.computeIfAbsent(service, s -> new TransitionTally(nanoClock.getAsLong()));
    }
}
