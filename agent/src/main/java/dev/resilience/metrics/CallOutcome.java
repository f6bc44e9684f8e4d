package dev.resilience.metrics;

import java.util.Locale;

/** What became of a call, as its caller saw it. */
public enum CallOutcome {
    /** The dependency answered well. */
    SUCCESS,
    /** The dependency failed and nothing answered in its place. */
    FAILURE,
    /** Not made, and nothing answered in its place. */
    REJECTED,
    /** Not made or failed, and a fallback answered. */
    FALLBACK;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The name on every surface. */
    public String label() {
        return label;
    }
}
