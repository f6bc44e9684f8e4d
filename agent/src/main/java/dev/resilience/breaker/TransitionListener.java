package dev.resilience.breaker;

/**
 * Told of every change of state, on every instance, whoever made it. Called in order per service, on a thread of the
 * agent's, outside all locks.
 */
@FunctionalInterface
public interface TransitionListener {

    void onTransition(Transition transition);
}
