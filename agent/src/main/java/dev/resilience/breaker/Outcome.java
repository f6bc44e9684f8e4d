package dev.resilience.breaker;

/** What a call says about its dependency. */
public enum Outcome {
    SUCCESS,
    FAILURE,
    /** Neither success nor failure: ignored by rule, cancelled, abandoned. Gives its permit back and counts nowhere. */
    IGNORED
}
