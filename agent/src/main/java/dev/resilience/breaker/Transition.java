package dev.resilience.breaker;

/**
 * A circuit's change of state, as this instance learned of it.
 *
 * @param reason in words, for people
 * @param atMillis Unix milliseconds on this host's clock
 * @param fromMillis how long the state before lasted, milliseconds, as far as this instance knows
 */
public record Transition(
        String service, State from, State to, long epoch, String reason, long atMillis, long fromMillis) {}
