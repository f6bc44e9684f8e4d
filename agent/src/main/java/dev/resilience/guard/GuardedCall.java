package dev.resilience.guard;

import java.util.concurrent.CompletionStage;

/**
 * One logical call from admission to outcome. May pass between threads, one at a time. No method throws; a failure of the
 * agent's own rules {@link Ruling.Proceed}.
 */
public interface GuardedCall {

    Endpoint endpoint();

    /**
     * Decides before the call. At once in CLOSED and OPEN; waits at most 50 ms for a trial permit or a stored answer. After
     * anything but {@link Ruling.Proceed} the call is settled.
     */
    Ruling admit();

    /** As {@link #admit()}, for event loops: never waits. */
    CompletionStage<Ruling> admitAsync();

    /** The call ended in an exception: {@link Ruling.Proceed} to throw it, or an answer in its place. */
    Ruling failed(Throwable failure);

    /** As {@link #failed}, for event loops: never waits. */
    CompletionStage<Ruling> failedAsync(Throwable failure);

    /**
     * Tells that the adapter can make the very same call again: {@link Ruling.Again} may be ruled from now on. To be called
     * before the call is admitted.
     */
    void canRepeat();

    /** Takes {@link #canRepeat} back: what was sent meanwhile cannot be sent again. */
    default void cannotRepeat() {}

    /**
     * The wait of {@link Ruling.Again} is over: whether to make the call again, and hand in what it gives. When not (the
     * circuit opened meanwhile), the last response or failure is to be handed in once more, and ruled on for good.
     */
    boolean repeat();

    /** The application gave the call up: its permit goes back, nothing is counted. */
    void cancelled();
}
