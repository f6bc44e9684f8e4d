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

/** Who depends on whom, as configured. Immutable. Answers are nearest first, then in file order; cycles end walks. */
public final class DependencyGraph {

    private final Map<String, List<String>> dependencies;
    private final Map<String, List<String>> dependents;

    private DependencyGraph(Map<String, List<String>> dependencies, Map<String, List<String>> dependents) {
        this.dependencies = dependencies;
        this.dependents = dependents;
    }

    public static DependencyGraph of(AgentConfig config) {
        Map<String, List<String>> dependencies = new LinkedHashMap<>();
        Map<String, List<String>> dependents = new LinkedHashMap<>();
        for (ServiceConfig service : config.services().values()) {
            dependencies.put(service.name(), service.dependsOn());
            for (String dependency : service.dependsOn()) {
                dependents.computeIfAbsent(dependency, d -> new ArrayList<>()).add(service.name());
            }
        }
        return new DependencyGraph(dependencies, dependents);
    }

    /** Every service, in file order. */
    public Collection<String> services() {
        return dependencies.keySet();
    }

    /** What {@code service} names in {@code depends_on}. */
    public List<String> dependencies(String service) {
        return dependencies.getOrDefault(service, List.of());
    }

    /** Who names {@code service} in {@code depends_on}. */
    public List<String> dependents(String service) {
        return dependents.getOrDefault(service, List.of());
    }

    /** All that {@code service} stands on, directly or not. */
    public List<String> allDependencies(String service) {
        return walk(service, dependencies);
    }

    /** All that stand on {@code service}, directly or not. */
    public List<String> allDependents(String service) {
        return walk(service, dependents);
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
