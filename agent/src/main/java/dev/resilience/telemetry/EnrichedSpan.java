package dev.resilience.telemetry;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.metrics.CallRecorder.EndpointRecorder;
import org.jspecify.annotations.Nullable;

/** A client span of the application's, told what became of its call before the application ends it. */
final class EnrichedSpan extends EndedCall {

    private final TraceApi api;
    private final Object span;
    private final TraceParent identity;
    private final @Nullable TraceParent toSend;

    /**
     * @param identity the span's context
     * @param sends whether the application sends it along itself
     */
    EnrichedSpan(TraceApi api, Object span, SpanSubject subject, TraceParent identity, boolean sends) throws Throwable {
        super(subject);
        this.identity = identity;
        this.api = api;
        this.span = span;
        this.toSend = sends ? null : identity;
        api.set(span, Conventions.SERVICE.getKey(), subject.service());
        api.set(span, Conventions.ENDPOINT.getKey(), subject.endpoint());
    }

    @Override
    public @Nullable String traceparent() {
        return toSend == null ? null : toSend.toString();
    }

    @Override
    public String identity() {
        return identity.toString();
    }

    @Override
    public void mark(EndpointRecorder figures, long durationNanos) {
        identity.mark(figures, durationNanos);
    }

    @Override
    public void stateChanged(String from, String to) {
        try {
            api.event(span, Conventions.STATE_CHANGE, Conventions.change(from, to));
        } catch (Throwable failure) {
            Bridge.failed(failure);
        }
    }

    @Override
    public void headed(String state, @Nullable String outcome) {
        try {
            api.set(span, Conventions.STATE.getKey(), state);
            api.set(span, Conventions.OUTCOME.getKey(), outcome);
        } catch (Throwable failure) {
            Bridge.failed(failure);
        }
    }

    @Override
    void ended() {
        headed(state, outcome);
        try {
            api.set(span, Conventions.FALLBACK.getKey(), fallback);
        } catch (Throwable failure) {
            Bridge.failed(failure);
        }
    }
}
