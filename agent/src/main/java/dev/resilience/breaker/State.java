package dev.resilience.breaker;

/** Where a circuit stands. */
public enum State {
    /** Calls pass and are counted. */
    CLOSED,
    /** Calls fail at once. */
    OPEN,
    /** A few trial calls for the whole fleet pass, the rest fail at once. */
    HALF_OPEN
}
