package dev.resilience.health.alert;

import java.util.Locale;

/**
 * Something that is the matter at this moment. Immutable.
 *
 * @param service whom it concerns; empty for the whole system
 * @param summary in words, for people; may change while it lasts
 * @param value what was measured, in the unit of {@code threshold}
 */
public record Finding(Kind kind, String service, Severity severity, String summary, double value, double threshold) {

    /** What can be the matter. */
    public enum Kind {
        /** A circuit has been away from CLOSED for too long. Milliseconds. */
        SERVICE_DOWN,
        /** p99 of the last five minutes is too high. Milliseconds. */
        HIGH_LATENCY,
        /** Several circuits are OPEN, or a failure has spread. Number of circuits. */
        CASCADING_FAILURE,
        /** The success rate of the last five minutes is under its goal. Percent. */
        SLO_VIOLATION,
        /** At this pace the error budget of a month is gone early. Burn rate. */
        ERROR_BUDGET_BURN;

        /** The name on every surface. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How bad. In order. */
    public enum Severity {
        WARNING,
        CRITICAL;

        /** The name on every surface. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The same for every finding of the same matter. */
    public String id() {
        return service.isEmpty() ? kind.label() : kind.label() + ":" + service;
    }
}
