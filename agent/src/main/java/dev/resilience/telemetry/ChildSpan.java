package dev.resilience.telemetry;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.metrics.CallRecorder.EndpointRecorder;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A span of a call that the application's own tracer makes, because the application has begun none for it. */
final class ChildSpan extends EndedCall {

    private final TraceApi api;
    private final Supply span;
    private final Conventions conventions;
    private final @Nullable String traceparent;
    private final @Nullable TraceParent trace;
    private final Map<String, String> changes = new LinkedHashMap<>();

    /** Whether the application made spans of the call's requests. */
    private boolean told;

    /** Makes the span, at its call's beginning or at its end. */
    @FunctionalInterface
    private interface Supply {

        Object get() throws Throwable;
    }

    private ChildSpan(
            TraceApi api,
            Supply span,
            SpanSubject subject,
            Conventions conventions,
            @Nullable String traceparent,
            @Nullable TraceParent trace) {
        super(subject);
        this.api = api;
        this.span = span;
        this.conventions = conventions;
        this.traceparent = traceparent;
        this.trace = trace;
    }

    /**
     * One that begins now.
     *
     * @param parent context
     * @param sent whether the request carries a trace context already, of a client span that somebody else makes
     */
    static ChildSpan begun(
            ApplicationTraces.Found found, SpanSubject subject, Object parent, boolean sent, Conventions conventions)
            throws Throwable {
        TraceApi api = found.api();
        Object span = api.start(found.tracers(), Conventions.name(subject), parent, !sent, Instant.now());
        TraceParent identity = api.identity(span);
        return new ChildSpan(
                api, () -> span, subject, conventions, sent || identity == null ? null : identity.toString(), identity);
    }

    /**
     * One that surrounds the client span of an agent, which may or may not follow; named by what it protects.
     *
     * @param around the span that it is in, null for none
     */
    static ChildSpan surrounding(
            ApplicationTraces.Found found,
            SpanSubject subject,
            Object parent,
            @Nullable TraceParent around,
            Conventions conventions) {
        Instant begin = Instant.now();
        return new ChildSpan(
                found.api(),
                () -> found.api()
                        .start(found.tracers(), subject.service() + " " + subject.endpoint(), parent, false, begin),
                subject,
                conventions,
                null,
                around);
    }

    @Override
    public @Nullable String traceparent() {
        return traceparent;
    }

    @Override
    public @Nullable String identity() {
        return trace == null ? null : trace.toString();
    }

    @Override
    public void mark(EndpointRecorder figures, long durationNanos) {
        if (trace != null) {
            trace.mark(figures, durationNanos);
        }
    }

    @Override
    public boolean tellsAttempts() {
        return true;
    }

    @Override
    public void attempted(String state, @Nullable String outcome) {
        try {
            Object request = api.span(api.currentContext());
            if (request != null && api.isClient(request) && !api.has(request, Conventions.SERVICE.getKey())) {
                told = true;
                api.set(request, Conventions.SERVICE.getKey(), subject.service());
                api.set(request, Conventions.ENDPOINT.getKey(), subject.endpoint());
                api.set(request, Conventions.STATE.getKey(), state);
                api.set(request, Conventions.OUTCOME.getKey(), outcome);
            }
        } catch (Throwable failure) {
            Bridge.failed(failure);
        }
    }

    @Override
    public void stateChanged(String from, String to) {
        changes.put(from, to);
    }

    @Override
    void ended() {
        if (told && fallback == null && changes.isEmpty()) {
            // The spans of its requests say it all; one that is never ended is never sent.
            return;
        }
        try {
            Object made = span.get();
            for (Map.Entry<String, Object> attribute : conventions.plain(this).entrySet()) {
                api.set(made, attribute.getKey(), attribute.getValue());
            }
            for (Map.Entry<String, String> change : changes.entrySet()) {
                api.event(made, Conventions.STATE_CHANGE, Conventions.change(change.getKey(), change.getValue()));
            }
            if (bad()) {
                api.markError(made);
            }
            api.end(made);
        } catch (Throwable failure) {
            Bridge.failed(failure);
        }
    }
}
