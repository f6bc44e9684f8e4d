package dev.resilience.telemetry;

import dev.resilience.log.AgentLog;
import io.opentelemetry.exporter.otlp.http.metrics.OtlpHttpMetricExporter;
import io.opentelemetry.exporter.otlp.metrics.OtlpGrpcMetricExporter;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Makes OpenTelemetry's metrics of our figures and sends them. Used by one thread. */
final class MetricSender implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);

    private final CollectorAddress collector;
    private final long startNanos;
    private final MetricExporter exporter;
    private final Resource resource;

    /** @param startMillis since when sums count, Unix milliseconds */
    MetricSender(String application, String instance, CollectorAddress collector, long startMillis) {
        this.collector = collector;
        this.startNanos = TimeUnit.MILLISECONDS.toNanos(startMillis);
        this.resource = Origin.resource(application, instance);
        this.exporter = collector.grpc() ? overGrpc(collector.url()) : overHttp(collector.url());
    }

    /** Waits for the collector. */
    void send(MetricSnapshots figures) {
        MetricPoints points = new MetricPoints(startNanos, TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));
        List<MetricData> metrics = new ArrayList<>();
        for (MetricSnapshot family : figures) {
            if (!family.getDataPoints().isEmpty()) {
                metrics.add(SentMetric.of(family, points, resource));
            }
        }
        if (!exporter.export(metrics)
                .join(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .isSuccess()) {
            AgentLog.warn(
                    "otlp-metrics",
                    "no metrics could be sent to " + collector.url() + ", the next round tells them all");
        }
    }

    @Override
    public void close() {
        exporter.shutdown();
    }

    // One attempt each: the next round tells it all again.

    private static MetricExporter overHttp(String url) {
        return OtlpHttpMetricExporter.builder()
                .setEndpoint(url)
                .setTimeout(TIMEOUT)
                .setConnectTimeout(CONNECT_TIMEOUT)
                .setCompression("gzip")
                .setRetryPolicy(null)
                .setExecutorService(new CallingThread())
                .setServiceClassLoader(MetricSender.class.getClassLoader())
                .build();
    }

    private static MetricExporter overGrpc(String url) {
        return OtlpGrpcMetricExporter.builder()
                .setEndpoint(url)
                .setTimeout(TIMEOUT)
                .setConnectTimeout(CONNECT_TIMEOUT)
                .setCompression("gzip")
                .setRetryPolicy(null)
                .setServiceClassLoader(MetricSender.class.getClassLoader())
                .build();
    }
}
