package dev.resilience.breaker;

/**
 * Told of every change of state, on every instance, whoever made it, and of what an instance found when it came. Called in
 * order per service, on a thread of the agent's, outside all locks.
 */
@FunctionalInterface
public interface TransitionListener {

    void onTransition(Transition transition);

    /** The circuit was found not to be CLOSED when this instance first heard of it. By default nobody's business. */
    default void onFound(Found found) {}

    /**
     * The circuit of one host of a service is no more here: others needed its place, or the service went. It may come again.
     */
    default void onGone(String service) {}
}
