package dev.resilience.health;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.Circuits;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.health.HealthReport.Cascade;
import dev.resilience.health.HealthReport.ServiceHealth;
import dev.resilience.health.HealthReport.Status;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Judges the health of each service and of the system from the circuits of this moment. Thread-safe; never waits. */
public final class SystemHealth {

    private final Supplier<AgentConfig> config;
    private final Circuits circuits;
    private volatile @Nullable Known known;

    /** @param config the configuration in force; asked each time, so that a reload shows at once */
    public SystemHealth(Supplier<AgentConfig> config, Circuits circuits) {
        this.config = config;
        this.circuits = circuits;
    }

    public HealthReport report() {
        DependencyGraph graph = graph();
        Map<String, State> states = states(graph);
        List<String> open = in(State.OPEN, states);
        List<String> halfOpen = in(State.HALF_OPEN, states);
        List<Cascade> cascades = cascades(graph, states, open);
        return new HealthReport(
                status(open, halfOpen, cascades), open, halfOpen, cascades, services(graph, states, open));
    }

    /** Who depends on whom in the configuration in force. */
    public DependencyGraph graph() {
        AgentConfig current = config.get();
        Known before = known;
        if (before != null && before.config == current) {
            return before.graph;
        }
        DependencyGraph graph = DependencyGraph.of(current);
        known = new Known(current, graph);
        return graph;
    }

    private Map<String, State> states(DependencyGraph graph) {
        Map<String, State> states = new LinkedHashMap<>();
        for (String service : graph.services()) {
            states.put(service, State.CLOSED);
        }
        for (Circuit circuit : circuits.all()) {
            states.put(circuit.service(), circuit.state());
        }
        return states;
    }

    private static List<String> in(State state, Map<String, State> states) {
        List<String> services = new ArrayList<>();
        states.forEach((service, its) -> {
            if (its == state) {
                services.add(service);
            }
        });
        return services;
    }

    private static Status status(List<String> open, List<String> halfOpen, List<Cascade> cascades) {
        if (open.size() >= 2 || !cascades.isEmpty()) {
            return Status.CRITICAL;
        }
        return open.isEmpty() && halfOpen.isEmpty() ? Status.HEALTHY : Status.DEGRADED;
    }

    private static List<Cascade> cascades(DependencyGraph graph, Map<String, State> states, List<String> open) {
        List<Cascade> cascades = new ArrayList<>();
        for (String origin : open) {
            List<String> hit = graph.allDependents(origin);
            for (String dependent : hit) {
                if (states.getOrDefault(dependent, State.CLOSED) != State.CLOSED) {
                    cascades.add(new Cascade(origin, graph.path(origin, dependent), hit));
                }
            }
        }
        return cascades;
    }

    private static Map<String, ServiceHealth> services(
            DependencyGraph graph, Map<String, State> states, List<String> open) {
        Map<String, ServiceHealth> services = new LinkedHashMap<>();
        states.forEach((service, state) -> {
            List<String> reasons = new ArrayList<>();
            for (String circuit : openOf(service, graph, open)) {
                reasons.add(circuit.equals(service) ? "Circuit is OPEN" : "Circuit of '" + circuit + "' is OPEN");
            }
            for (String dependency : graph.allDependencies(service)) {
                for (String circuit : openOf(dependency, graph, open)) {
                    reasons.add("Dependency '" + circuit + "' circuit is OPEN");
                }
            }
            services.put(service, new ServiceHealth(service, state, reasons.isEmpty(), reasons));
        });
        return services;
    }

    /** The service's own circuit and those of its single hosts, where they are OPEN. */
    private static List<String> openOf(String service, DependencyGraph graph, List<String> open) {
        return open.stream()
                .filter(circuit ->
                        circuit.equals(service) || graph.whole(circuit).equals(service))
                .toList();
    }

    private record Known(AgentConfig config, DependencyGraph graph) {}
}
