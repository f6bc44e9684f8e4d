package dev.resilience.breaker;

/** Where the circuits' state lives at this moment. */
public enum StoreMode {
    /** In the store that the fleet shares. */
    SHARED,
    /** The shared store does not answer; each instance goes on from its last known state. */
    DEGRADED,
    /** In this JVM alone, as configured. */
    LOCAL
}
