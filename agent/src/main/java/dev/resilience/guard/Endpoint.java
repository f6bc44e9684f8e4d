package dev.resilience.guard;

import java.util.Set;

/** The operation that a call was matched to. Opaque to adapters: they hand it back to the guard. */
public interface Endpoint {

    String service();

    String name();

    /** Whether the endpoint can answer in place of a call: when not, an adapter may spare itself all preparation. */
    boolean hasFallback();

    /** Whether it is another one for each host: to be matched anew for every call. */
    default boolean perHost() {
        return false;
    }

    /** Whether calls may be made again: when not, an adapter may spare itself what it would take. */
    default boolean repeats() {
        return false;
    }

    /**
     * Whether the agent connects to the service's database on its own account, with what the application's calls came by: for a
     * probe that names no credentials of its own, or statements taken in charge. When not, an adapter keeps none.
     */
    default boolean lendsConnections() {
        return false;
    }

    /**
     * Whether calls pass at this moment, as far as can be told without asking for a permit: when not, an adapter may gather
     * what a fallback wants to know before it has the call admitted.
     */
    default boolean passes() {
        return true;
    }

    /** Whether calls are rejected at this moment, and none is let through as a trial. */
    default boolean rejects() {
        return false;
    }

    /** Whether something may answer in place of a call that failed. */
    default boolean answersFailures() {
        return hasFallback();
    }

    /** The same, but its calls are neither answered nor repeated nor bounded in their number: they count, and have its deadline. */
    default Endpoint unanswered() {
        return this;
    }

    /** Functions, in lower case, whose rows are kept as those of tables are: its rule names them. */
    default Set<String> pureFunctions() {
        return Set.of();
    }

    /**
     * Milliseconds after which the adapter ends a call by the client's own means, so that it fails as the client's own
     * time-outs do; 0 for never. The attempts of a call have one deadline together.
     */
    long deadlineMillis();
}
