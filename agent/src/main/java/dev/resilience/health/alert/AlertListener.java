package dev.resilience.health.alert;

/** Told of every notice, on every instance, on a thread of the agent's; must not wait. */
@FunctionalInterface
public interface AlertListener {

    void onAlert(Notice notice);
}
