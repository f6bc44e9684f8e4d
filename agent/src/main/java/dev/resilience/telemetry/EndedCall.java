package dev.resilience.telemetry;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What is known of a call once it has ended, whatever span is made of it. Ends once. */
abstract class EndedCall implements CallTracer.CallSpan {

    private final AtomicBoolean ended = new AtomicBoolean();

    final SpanSubject subject;

    // Written by the thread that ends the call, before ended() runs.
    String state = "";

    @Nullable
    String outcome;

    @Nullable
    String fallback;

    int status;

    @Nullable
    Throwable failure;

    EndedCall(SpanSubject subject) {
        this.subject = subject;
    }

    /** Everything is known now. */
    abstract void ended();

    @Override
    public final void end(
            String state,
            @Nullable String outcome,
            @Nullable String fallback,
            int status,
            @Nullable Throwable failure) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        this.state = state;
        this.outcome = outcome;
        this.fallback = fallback;
        this.status = status;
        this.failure = failure;
        ended();
    }

    /** Whether the dependency's own answer is no success. */
    final boolean failed() {
        return failure != null || status >= Conventions.FIRST_ERROR_STATUS;
    }

    /** Whether the span is one of an error: a call that nothing good came of for its caller. */
    final boolean bad() {
        boolean good = outcome == null || outcome.equals("success") || (outcome.equals("fallback") && !failed());
        return !good;
    }
}
