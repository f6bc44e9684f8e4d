package dev.resilience.telemetry;

import dev.resilience.breaker.Transition;
import dev.resilience.breaker.TransitionListener;
import java.net.URI;
import java.time.Instant;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends a span of each protected call to a collector over OTLP, by HTTP or gRPC. Thread-safe.
 *
 * <p>A call pays for two random numbers, two clock readings and one entry of a bounded queue; everything else is made of
 * them later on one thread of the agent's, the only one that loads OpenTelemetry. When the collector does not keep up, spans are dropped and counted, never waited for.
 */
public final class OtlpTracer implements CallTracer, TransitionListener, AutoCloseable {

    private final Transitions transitions = new Transitions();
    private final double sample;

    /** Null after the end. */
    private volatile @Nullable SpanQueue queue;

    /**
     * @param endpoint base address of the collector; over HTTP spans go to {@code /v1/traces} below it
     * @param protocol {@code grpc} or {@code http/protobuf}; null: by the address's port
     * @param sample share of the traces begun here that are told
     * @param threads makes the one thread that sends; what it calls must not be guarded
     */
    public OtlpTracer(
            String application,
            String instance,
            String endpoint,
            @Nullable String protocol,
            double sample,
            ThreadFactory threads) {
        this.sample = sample;
        queue = new SpanQueue(
                new Supplier<>() {
                    @Override
                    public SpanSender get() {
                        return new SpanSender(
                                application,
                                instance,
                                CollectorAddress.of(endpoint, "/v1/traces", protocol),
                                transitions);
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

    /**
     * Tells of a probe that is over, as a trace of its own.
     *
     * @param kind {@code http}, {@code sql} or {@code redis}
     * @param target what was asked, without credentials
     * @param start Unix milliseconds
     * @param failure why it is down, without addresses or credentials; null when up
     */
    public void probed(
            String service, String kind, String target, long start, long durationNanos, @Nullable String failure) {
        SpanQueue open = queue;
        if (open != null && sampled(ThreadLocalRandom.current().nextLong())) {
            new QueuedSpan(
                            open,
                            new SpanSubject.Probe(service, "", kind, target),
                            Instant.ofEpochMilli(start),
                            durationNanos)
                    .end("", failure == null ? "success" : "failure", null, 0, null);
        }
    }

    private CallSpan begin(
            SpanQueue queue, SpanSubject subject, @Nullable TraceParent parent, @Nullable TraceParent link) {
        if (parent != null) {
            // What the application decided not to sample stays unsampled.
            return parent.sampled() ? new QueuedSpan(queue, subject, parent.child(), parent, link) : CallSpan.NONE;
        }
        TraceParent root = TraceParent.root(true);
        return sampled(root.traceLow())
                ? new QueuedSpan(queue, subject, root, null, link)
                : new UnsampledSpan(new TraceParent(root.traceHigh(), root.traceLow(), root.span(), false));
    }

    /** By the trace's number, as OpenTelemetry's ratio sampler does: so every process decides alike. */
    private boolean sampled(long traceLow) {
        return sample >= 1 || (traceLow & Long.MAX_VALUE) < sample * Long.MAX_VALUE;
    }
}
