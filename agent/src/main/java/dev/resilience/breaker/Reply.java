package dev.resilience.breaker;

/**
 * What the store answers to every operation.
 *
 * @param accepted whether the operation did what it was for: the delta was counted, the permit granted, the trial counted
 * @param snapshot the circuit after it
 */
public record Reply(boolean accepted, Snapshot snapshot) {}
