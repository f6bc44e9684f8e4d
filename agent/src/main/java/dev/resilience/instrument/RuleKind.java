package dev.resilience.instrument;

/** Which rules need a method woven: where the configuration has none of the kind, nothing of the kind is woven. */
public enum RuleKind {
    HTTP,
    JDBC,
    /** Any rule at all. */
    ANY,
    /** None: woven whatever is configured. */
    NONE
}
