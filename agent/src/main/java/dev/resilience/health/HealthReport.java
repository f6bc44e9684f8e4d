package dev.resilience.health;

import dev.resilience.breaker.State;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The health of the whole system at one moment. Immutable.
 *
 * @param openCircuits in file order
 * @param halfOpenCircuits in file order
 * @param cascades failures that have spread, see {@link Cascade}
 * @param services in file order, by name
 */
public record HealthReport(
        Status status,
        List<String> openCircuits,
        List<String> halfOpenCircuits,
        List<Cascade> cascades,
        Map<String, ServiceHealth> services) {

    /**
     * What the alert {@code cascading_failure} is about: the paths along which a failure has spread, and, while two or more
     * circuits are OPEN, the names of those that are on none. Not empty exactly when the system is critical.
     */
    public List<String> cascadingFailures() {
        List<String> failures = new ArrayList<>();
        Set<String> told = new HashSet<>();
        for (Cascade cascade : cascades) {
            failures.add(cascade.toString());
            told.addAll(cascade.path);
        }
        if (openCircuits.size() >= 2) {
            openCircuits.stream().filter(open -> !told.contains(open)).forEach(failures::add);
        }
        return failures;
    }

    /** How the system is, in one word. */
    public enum Status {
        /** No circuit is OPEN or HALF_OPEN. */
        HEALTHY,
        /** Some circuit is. */
        DEGRADED,
        /** Two or more circuits are OPEN, or a failure has spread. */
        CRITICAL;

        /** The name on every surface. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * @param healthy own circuit not OPEN, and every dependency, direct or not, healthy
     * @param reasons why not, in words; empty when healthy
     */
    public record ServiceHealth(String service, State state, boolean healthy, List<String> reasons) {}

    /**
     * A failure that has spread along {@code depends_on}: the circuit at its origin is OPEN, and the circuit of a service
     * that stands on it is no longer CLOSED either. A dependent whose own circuit stays CLOSED is hit (it is unhealthy and
     * counts as impact), but the failure has not spread into it; else a single OPEN circuit of any service with dependents
     * would be critical and "degraded" would say nothing.
     *
     * @param path from the origin to the dependent, both included
     * @param impact everyone who stands on the origin, directly or not
     */
    public record Cascade(String origin, List<String> path, List<String> impact) {

        @Override
        public String toString() {
            return String.join(" -> ", path);
        }
    }
}
