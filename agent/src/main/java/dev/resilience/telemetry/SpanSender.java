package dev.resilience.telemetry;

import dev.resilience.breaker.Transition;
import dev.resilience.log.AgentLog;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Makes OpenTelemetry's spans of ours and sends them. Used by one thread. */
final class SpanSender implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);

    private final CollectorAddress collector;
    private final Transitions transitions;
    private final SpanExporter exporter;
    private final Resource resource;
    private final Conventions conventions = new Conventions();

    SpanSender(String application, String instance, CollectorAddress collector, Transitions transitions) {
        this.collector = collector;
        this.transitions = transitions;
        this.exporter = collector.grpc() ? overGrpc(collector.url()) : overHttp(collector.url());
        this.resource = Origin.resource(application, instance);
    }

    /** Waits for the collector. @return whether it took the spans */
    boolean send(List<QueuedSpan> spans) {
        List<SpanData> data = new ArrayList<>(spans.size());
        for (QueuedSpan span : spans) {
            data.add(sentSpan(span));
        }
        CompletableResultCode result = exporter.export(data).join(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        if (!result.isSuccess()) {
            AgentLog.warn(
                    "traces", "no spans could be sent to " + collector.url() + ", " + spans.size() + " are dropped");
        }
        return result.isSuccess();
    }

    @Override
    public void close() {
        exporter.shutdown();
    }

    // One attempt each: what cannot be sent now is dropped, or the next spans would be.

    private static SpanExporter overHttp(String url) {
        return OtlpHttpSpanExporter.builder()
                .setEndpoint(url)
                .setTimeout(TIMEOUT)
                .setConnectTimeout(CONNECT_TIMEOUT)
                .setCompression("gzip")
                .setRetryPolicy(null)
                .setExecutorService(new CallingThread())
                .setServiceClassLoader(SpanSender.class.getClassLoader())
                .build();
    }

    private static SpanExporter overGrpc(String url) {
        return OtlpGrpcSpanExporter.builder()
                .setEndpoint(url)
                .setTimeout(TIMEOUT)
                .setConnectTimeout(CONNECT_TIMEOUT)
                .setCompression("gzip")
                .setRetryPolicy(null)
                .setServiceClassLoader(SpanSender.class.getClassLoader())
                .build();
    }

    private SpanData sentSpan(QueuedSpan span) {
        Instant end = span.start.plusNanos(span.durationNanos);
        List<EventData> events = new ArrayList<>(0);
        for (Transition transition :
                transitions.during(span.subject.service(), span.start.toEpochMilli(), end.toEpochMilli())) {
            long atNanos = TimeUnit.MILLISECONDS.toNanos(transition.atMillis());
            events.add(EventData.create(
                    Math.min(atNanos, SentSpan.nanos(end)), Conventions.STATE_CHANGE, Conventions.of(transition)));
        }
        return new SentSpan(
                span,
                Conventions.name(span.subject),
                conventions.attributes(span),
                events,
                resource,
                Origin.SCOPE,
                end);
    }
}
