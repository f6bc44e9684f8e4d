package dev.resilience.config;

import dev.resilience.config.Block.Found;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whether services depend on services that are there, and not on themselves by way of others. */
final class Dependencies {

    private final Map<String, Found> services;
    private final Problems problems;
    private final Set<String> settled = new LinkedHashSet<>();

    Dependencies(Block services, Problems problems) {
        this.services = services.entries();
        this.problems = problems;
    }

    void check() {
        for (String service : services.keySet()) {
            for (Found dependency : of(service)) {
                String name = (String) dependency.value();
                if (!services.containsKey(name)) {
                    String nearest = Nearest.of(name, services.keySet());
                    problems.at(
                            dependency.at(),
                            "`depends_on` names " + Problems.shown(name) + ", which is no service of this file",
                            null,
                            nearest);
                }
            }
        }
        for (String service : services.keySet()) {
            walk(service);
        }
    }

    /** Depth first with a stack of its own: a chain of dependencies may be as long as the file allows. */
    private void walk(String start) {
        List<String> path = new ArrayList<>();
        Set<String> onPath = new LinkedHashSet<>();
        List<Integer> next = new ArrayList<>();
        path.add(start);
        onPath.add(start);
        next.add(0);
        while (!path.isEmpty()) {
            int top = path.size() - 1;
            List<Found> dependencies = of(path.get(top));
            int index = next.get(top);
            if (settled.contains(path.get(top)) || index >= dependencies.size()) {
                settled.add(path.get(top));
                onPath.remove(path.remove(top));
                next.remove(top);
                continue;
            }
            next.set(top, index + 1);
            Found dependency = dependencies.get(index);
            String name = (String) dependency.value();
            if (onPath.contains(name)) {
                List<String> cycle = new ArrayList<>(path.subList(path.indexOf(name), path.size()));
                cycle.add(name);
                problems.at(dependency.at(), "services depend on each other in a circle: " + String.join(" → ", cycle));
            } else if (services.containsKey(name)) {
                path.add(name);
                onPath.add(name);
                next.add(0);
            }
        }
    }

    private List<Found> of(String service) {
        List<Found> dependencies = new ArrayList<>();
        Found declared = services.get(service);
        Found list = declared != null && declared.value() instanceof Block block ? block.get("depends_on") : null;
        if (list != null && list.value() instanceof List<?> items) {
            for (Object item : items) {
                dependencies.add((Found) item);
            }
        }
        return dependencies;
    }
}
