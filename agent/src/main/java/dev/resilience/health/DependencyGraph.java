package dev.resilience.health;

import dev.resilience.config.AgentConfig;
import dev.resilience.config.ServiceConfig;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who depends on whom, as configured. Immutable. Answers are nearest first, then in file order; cycles end walks. The circuit of
 * one host of a {@code per: host} service ({@code calcom@eu.cal.com}) hits whom the service hits; that of a failover's region hits
 * nobody.
 */
public final class DependencyGraph {

    private final Map<String, List<String>> dependencies;
    private final Map<String, List<String>> dependents;
    private final Set<String> perHost;

    private DependencyGraph(
            Map<String, List<String>> dependencies, Map<String, List<String>> dependents, Set<String> perHost) {
        this.dependencies = dependencies;
        this.dependents = dependents;
        this.perHost = perHost;
    }

    public static DependencyGraph of(AgentConfig config) {
        Map<String, List<String>> dependencies = new LinkedHashMap<>();
        Map<String, List<String>> dependents = new LinkedHashMap<>();
        Set<String> perHost = new LinkedHashSet<>();
        for (ServiceConfig service : config.services().values()) {
            if (service.perHost()) {
                perHost.add(service.name());
            }
            dependencies.put(service.name(), service.dependsOn());
            for (String dependency : service.dependsOn()) {
                dependents.computeIfAbsent(dependency, d -> new ArrayList<>()).add(service.name());
            }
        }
        return new DependencyGraph(dependencies, dependents, perHost);
    }

    /** Every service, in file order. */
    public Collection<String> services() {
        return dependencies.keySet();
    }

    /** The {@code per: host} service of which {@code circuit} guards one host, or {@code circuit} itself. */
    public String whole(String circuit) {
        int at = circuit.indexOf('@');
        String service = at < 0 ? circuit : circuit.substring(0, at);
        return perHost.contains(service) ? service : circuit;
    }

    /** What {@code service} names in {@code depends_on}. */
    public List<String> dependencies(String service) {
        return dependencies.getOrDefault(service, List.of());
    }

    /** Who names {@code service} in {@code depends_on}. */
    public List<String> dependents(String service) {
        return dependents.getOrDefault(whole(service), List.of());
    }

    /** All that {@code service} stands on, directly or not. */
    public List<String> allDependencies(String service) {
        return walk(service, dependencies);
    }

    /** All that stand on {@code service}, directly or not. */
    public List<String> allDependents(String service) {
        return walk(whole(service), dependents);
    }

    /** The shortest way by which trouble of {@code origin} reaches {@code dependent}, both ends included; empty for none. */
    public List<String> path(String origin, String dependent) {
        Map<String, String> cameFrom = new LinkedHashMap<>();
        Deque<String> queue = new ArrayDeque<>(List.of(origin));
        while (!queue.isEmpty()) {
            String here = queue.removeFirst();
            for (String next : dependents(here)) {
                if (!next.equals(origin) && cameFrom.putIfAbsent(next, here) == null) {
                    queue.addLast(next);
                }
            }
        }
        Deque<String> path = new ArrayDeque<>();
        String at = dependent;
        while (at != null && !at.equals(origin)) {
            path.addFirst(at);
            at = cameFrom.get(at);
        }
        if (at == null) {
            return List.of();
        }
        path.addFirst(origin);
        return List.copyOf(path);
    }

    private static List<String> walk(String start, Map<String, List<String>> edges) {
        Set<String> seen = new LinkedHashSet<>();
        Deque<String> queue = new ArrayDeque<>(List.of(start));
        while (!queue.isEmpty()) {
            for (String next : edges.getOrDefault(queue.removeFirst(), List.of())) {
                if (!next.equals(start) && seen.add(next)) {
                    queue.addLast(next);
                }
            }
        }
        return List.copyOf(seen);
    }
}
