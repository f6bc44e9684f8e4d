package dev.resilience.metrics;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One goal of a service, and how it is met. Immutable.
 *
 * @param goal in the goal's own unit: percent, or milliseconds
 * @param actual the same, as measured; null where nothing was
 * @param ratio share of good events: successful calls, calls as quick as the goal, outages as short as the goal; 1 of none
 */
public record Objective(Kind kind, double goal, @Nullable Double actual, double ratio, Status status) {

    /** What is promised. */
    public enum Kind {
        /** Percent of all calls that the dependency answered well; a call that was rejected was not. */
        AVAILABILITY,
        /** 99 of 100 calls that reached the dependency are at least so quick. */
        LATENCY_P99,
        /** From OPEN to CLOSED. */
        RECOVERY_TIME;

        /** The name on every surface. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How well a goal is met. */
    public enum Status {
        MET,
        MISSED,
        /** Missed by so much that somebody must look now. */
        CRITICAL;

        /** The name on every surface. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public boolean met() {
        return status == Status.MET;
    }
}
