package dev.resilience.guard;

import dev.resilience.fallback.Answer;
import dev.resilience.fallback.BodyRecorder;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A guarded HTTP call. */
public interface HttpCall extends GuardedCall {

    /**
     * Headers to send along with each request that the call makes, the same each time, but where the request has one of that
     * name: W3C trace context, and the key by which the dependency knows a request that it is sent again. From the call's
     * admission on.
     */
    List<Answer.Header> sentAlong();

    /** The response's head is there: {@link Ruling.Proceed} to hand it on, or an answer in its place. Settles the call. */
    Ruling answered(HttpResponseView response);

    /** As {@link #answered}, for event loops: never waits. */
    CompletionStage<Ruling> answeredAsync(HttpResponseView response);

    /**
     * Whether the rule counts this response as failed. Settles nothing and may be asked before {@link #answered}: some
     * clients must choose who reads the body before they know that it arrives whole.
     */
    boolean fails(HttpResponseView response);

    /**
     * Takes the body as the application reads it, when this response may be kept; null when not. To be asked once, for a
     * response that does not {@linkplain #fails fail}, before or after {@link #answered}. What was kept before is forgotten where
     * this response says that it is outdated, also where nothing is kept of it itself.
     */
    @Nullable
    BodyRecorder recorder(HttpResponseView response);

    /**
     * The head of a response that does not {@linkplain #fails fail} is there, and its outcome waits for the body: what comes
     * is the application's time, not the call's, and the call is in flight no more. Once, before it is settled, on the
     * thread on which the client hands it on.
     */
    default void headed(HttpResponseView response) {}

    /**
     * The body broke off after the application was handed part of it: counts as {@link #failed}, but nothing can answer in
     * its place any more. Does nothing when the call was settled at its head.
     */
    void broken(Throwable failure);

    /** Whether {@link #attempted} is wanted, from the call's admission on. */
    default boolean tellsAttempts() {
        return false;
    }

    /**
     * One request over the network is answered or has failed, on the thread and within all that the client does around it.
     * For clients whose tracing tells requests and not calls; settles nothing.
     *
     * @param response null when it failed
     * @param failure null when it did not
     */
    default void attempted(@Nullable HttpResponseView response, @Nullable Throwable failure) {}
}
