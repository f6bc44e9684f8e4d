package dev.resilience.breaker;

import dev.resilience.config.Mode;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One service's circuit, as this instance sees it. Thread-safe. In CLOSED and OPEN no method blocks, allocates or leaves
 * the JVM.
 */
public interface Circuit {

    String service();

    /** State of this moment, by one volatile read. */
    State state();

    /** What the circuit may do at this moment, by one volatile read. */
    Mode mode();

    /** Whether it is OPEN in earnest: in {@link Mode#MONITOR} it lets every call through all the same. */
    default boolean shuts() {
        return state() == State.OPEN && mode().interferes();
    }

    /** What was ordered at run time and is in force, for people; null when the file's mode holds. */
    @Nullable
    ModeOrder order();

    /** Whether it is CLOSED and nobody in the fleet has made a call for so long that little is to be looked for. */
    default boolean isQuiet() {
        return false;
    }

    /** Milliseconds until the next trial call may be made; 0 unless OPEN, or when that is unknown. */
    long retryAfterMillis();

    /**
     * Asks for a permit. Waits only for a trial permit (HALF_OPEN), 50 ms at most, and counts as refused then. Never throws.
     */
    Permit tryAcquire();

    /** As {@link #tryAcquire()}, for event loops: never waits. Completes normally always. */
    CompletionStage<Permit> tryAcquireAsync();

    /**
     * The dependency has answered, and how well is told later: the call is not to be taken for one that runs too long. Never
     * blocks.
     */
    default void answered(Permit permit) {}

    /**
     * Settles a granted permit. Never blocks, never throws.
     *
     * @param durationNanos how long the call took
     * @param retryAfterMillis what the dependency asked for ({@code Retry-After}), -1 when it did not
     */
    void settle(Permit permit, Outcome outcome, long durationNanos, long retryAfterMillis);

    default void settle(Permit permit, Outcome outcome, long durationNanos) {
        settle(permit, outcome, durationNanos, -1);
    }

    /** Figures of the last reply of the store, at most about a second old. */
    CircuitView view();

    /** Closes the circuit and forgets its counts, for the whole fleet. Completes with the view after it. */
    CompletionStage<CircuitView> reset(String who);
}
