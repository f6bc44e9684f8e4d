package dev.resilience.guard;

/** The operation that a call was matched to. Opaque to adapters: they hand it back to the guard. */
public interface Endpoint {

    String service();

    String name();

    /** Whether the endpoint can answer in place of a call: when not, an adapter may spare itself all preparation. */
    boolean hasFallback();

    /** Whether calls may be made again: when not, an adapter may spare itself what it would take. */
    default boolean repeats() {
        return false;
    }

    /**
     * Milliseconds after which the adapter ends a call by the client's own means, so that it fails as the client's own
     * time-outs do; 0 for never. The attempts of a call have one deadline together.
     */
    long deadlineMillis();
}
