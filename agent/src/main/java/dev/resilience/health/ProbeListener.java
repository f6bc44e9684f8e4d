package dev.resilience.health;

/** Told of every probe that this instance made, on a thread of the agent's, outside all locks. */
@FunctionalInterface
public interface ProbeListener {

    void onProbe(ProbeResult result);
}
