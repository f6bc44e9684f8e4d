package dev.resilience.breaker;

/**
 * What an instance found a circuit to be when it first heard of the fleet's. Nothing changed: others saw it change, or
 * nobody is left who did.
 *
 * @param reason in words, for people
 * @param atMillis Unix milliseconds on this host's clock
 * @param sinceMillis how long the state lasted already
 */
public record Found(String service, State state, long epoch, String reason, long atMillis, long sinceMillis) {

    /** What was found, in words, for people. */
    public String words() {
        return state + " for " + sinceMillis / 1_000 + " s, " + reason;
    }
}
