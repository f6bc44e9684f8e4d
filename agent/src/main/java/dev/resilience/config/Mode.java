package dev.resilience.config;

import java.util.Locale;

/** How a service's breaker is used. */
public enum Mode {
    /** Counts, opens, rejects. */
    ENFORCE,
    /** Counts and opens, shows what it would reject, lets every call through. */
    MONITOR,
    /** Neither counts nor rejects. */
    DISABLED,
    /** Held open until the mode changes. */
    FORCED_OPEN,
    /** Held closed until the mode changes. */
    FORCED_CLOSED;

    /** Whether calls are kept back by it, or by an OPEN circuit in it. */
    public boolean interferes() {
        return this != MONITOR && this != DISABLED;
    }

    /** Whether the circuit hears of calls in it. */
    public boolean counts() {
        return this == ENFORCE || this == MONITOR;
    }

    /** The name in the file and on every surface. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
