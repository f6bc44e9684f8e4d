package dev.resilience.telemetry;

import dev.resilience.bootstrap.Bridge;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Tells calls in the application's own traces where it has some, and else by a tracer of the agent's. Thread-safe.
 *
 * <p>A client span that the application has begun for the call is enriched. Where it is in another span, or in none that goes
 * to a collector of ours, the call becomes a child made by the application's tracer. An agent beside ours makes the client
 * span itself, if not before ours then after, so beside one ours is never a client's.
 */
public final class JoiningTracer implements CallTracer {

    private final CallTracer own;
    private final ApplicationTraces applications;

    /** @param own for calls of which the application traces nothing */
    public JoiningTracer(CallTracer own, ApplicationTraces applications) {
        this.own = own;
        this.applications = applications;
    }

    @Override
    public boolean active() {
        return own.active() || applications.any();
    }

    @Override
    public CallSpan http(String service, String endpoint, String method, URI uri, @Nullable String parent) {
        CallSpan joined = applications.any()
                ? join(new SpanSubject.Http(service, endpoint, method, uri), TraceParent.parse(parent))
                : null;
        return joined != null ? joined : own.http(service, endpoint, method, uri, parent);
    }

    @Override
    public CallSpan jdbc(String service, String endpoint, String url, String sql) {
        CallSpan joined = applications.any() ? join(new SpanSubject.Jdbc(service, endpoint, url, sql), null) : null;
        return joined != null ? joined : own.jdbc(service, endpoint, url, sql);
    }

    @Override
    public CallSpan resend(String service, String endpoint, String method, URI uri, @Nullable String cause) {
        return own.resend(service, endpoint, method, uri, cause);
    }

    /**
     * @param sent what the request carries already
     * @return null when the call is none of the application's traces
     */
    private @Nullable CallSpan join(SpanSubject subject, @Nullable TraceParent sent) {
        try {
            ApplicationTraces.Found found = applications.here();
            return found == null ? null : join(found, subject, sent);
        } catch (Throwable failure) {
            Bridge.failed(failure);
            return CallSpan.NONE;
        }
    }

    private @Nullable CallSpan join(ApplicationTraces.Found found, SpanSubject subject, @Nullable TraceParent sent)
            throws Throwable {
        TraceApi api = found.api();
        Object context = api.currentContext();
        Object span = api.span(context);
        TraceParent around = span == null ? null : api.identity(span);
        if (span == null || around == null) {
            // Nothing traces what is going on here, and where a collector of ours is named, its spans go there.
            return own.active() ? null : begin(found, subject, context, sent, null);
        }
        if (api.recording(span) && api.isClient(span) && !api.has(span, Conventions.SERVICE.getKey())) {
            return new EnrichedSpan(api, span, subject, around, sent != null || found.agent());
        }
        return around.sampled() || sent != null
                ? begin(found, subject, context, sent, around)
                : new UnsampledSpan(found.agent() ? null : around);
    }

    private CallSpan begin(
            ApplicationTraces.Found found,
            SpanSubject subject,
            Object context,
            @Nullable TraceParent sent,
            @Nullable TraceParent around)
            throws Throwable {
        if (found.agent()) {
            return ChildSpan.surrounding(found, subject, context, around, Shared.CONVENTIONS);
        }
        // What the request carries names a client span that somebody has begun, unless it is the span we are in.
        if (sent != null && (around == null || sent.span() != around.span())) {
            return ChildSpan.begun(found, subject, found.api().remote(context, sent), true, Shared.CONVENTIONS);
        }
        return ChildSpan.begun(found, subject, context, false, Shared.CONVENTIONS);
    }

    /** Loads our copy of OpenTelemetry, so only where the application has one too. */
    private static final class Shared {

        static final Conventions CONVENTIONS = new Conventions();
    }
}
