package dev.resilience.telemetry;

import dev.resilience.breaker.Transition;
import dev.resilience.breaker.TransitionListener;
import java.net.URI;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends a span of each protected call to a collector over OTLP/HTTP. Thread-safe.
 *
 * <p>A call pays for two random numbers, two clock readings and one entry of a bounded queue; everything else is made of
 * them later on one thread of the agent's, the only one that loads OpenTelemetry. When the collector does not keep up, spans are dropped and counted, never waited for.
 */
public final class OtlpTracer implements CallTracer, TransitionListener, AutoCloseable {

    private final Transitions transitions = new Transitions();

    /** Null after the end. */
    private volatile @Nullable SpanQueue queue;

    /**
     * @param endpoint base address of the collector; spans go to {@code /v1/traces} below it
     * @param threads makes the one thread that sends; what it calls must not be guarded
     */
    public OtlpTracer(String application, String instance, String endpoint, ThreadFactory threads) {
        String url = tracesUrl(endpoint);
        queue = new SpanQueue(
                new Supplier<>() {
                    @Override
                    public SpanSender get() {
                        return new SpanSender(application, instance, url, transitions);
                    }
                },
                threads);
    }

    /** Begins to send, the spans of calls made before included. */
    public void start() {
        SpanQueue target = queue;
        if (target != null) {
            target.start();
        }
    }

    @Override
    public boolean active() {
        return queue != null;
    }

    @Override
    public CallSpan http(String service, String endpoint, String method, URI uri, @Nullable String parent) {
        SpanQueue target = queue;
        return target == null
                ? CallSpan.NONE
                : begin(target, new SpanSubject.Http(service, endpoint, method, uri), TraceParent.parse(parent), null);
    }

    @Override
    public CallSpan jdbc(String service, String endpoint, String url, String sql) {
        SpanQueue target = queue;
        return target == null
                ? CallSpan.NONE
                : begin(target, new SpanSubject.Jdbc(service, endpoint, url, sql), null, null);
    }

    @Override
    public CallSpan resend(String service, String endpoint, String method, URI uri, @Nullable String cause) {
        SpanQueue target = queue;
        return target == null
                ? CallSpan.NONE
                : begin(target, new SpanSubject.Http(service, endpoint, method, uri), null, TraceParent.parse(cause));
    }

    @Override
    public void onTransition(Transition transition) {
        if (queue != null) {
            transitions.add(transition);
        }
    }

    /** Spans that were dropped because the collector did not keep up or could not be reached. */
    public long dropped() {
        SpanQueue target = queue;
        return target == null ? 0 : target.dropped();
    }

    /** Sends what is waiting, for a second at most, and stops. */
    @Override
    public void close() {
        SpanQueue target = queue;
        queue = null;
        if (target != null) {
            target.close();
        }
    }

    private static CallSpan begin(
            SpanQueue queue, SpanSubject subject, @Nullable TraceParent parent, @Nullable TraceParent link) {
        // What the application decided not to sample stays unsampled.
        return parent != null && !parent.sampled() ? CallSpan.NONE : new QueuedSpan(queue, subject, parent, link);
    }

    private static String tracesUrl(String base) {
        String trimmed = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        return trimmed.endsWith("/v1/traces") ? trimmed : trimmed + "/v1/traces";
    }
}
