package dev.resilience.telemetry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;

/** An OTLP/HTTP collector on loopback that decodes with OpenTelemetry's own classes. */
public final class Collector implements AutoCloseable {

    final List<ResourceSpans> received = new CopyOnWriteArrayList<>();
    public final List<ResourceMetrics> measured = new CopyOnWriteArrayList<>();
    final AtomicInteger asked = new AtomicInteger();
    private final HttpServer server;
    private final ExecutorService executor = Executors.newCachedThreadPool();
    volatile int status = 200;

    public Collector() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/traces", this::receive);
        server.createContext("/v1/metrics", this::receiveMetrics);
        server.setExecutor(executor);
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    List<Span> spans() {
        return received.stream()
                .flatMap(resource -> resource.getScopeSpansList().stream())
                .flatMap(scope -> scope.getSpansList().stream())
                .toList();
    }

    /** By name, the newest of each. */
    Map<String, Metric> metrics() {
        Map<String, Metric> metrics = new TreeMap<>();
        for (ResourceMetrics resource : measured) {
            resource.getScopeMetricsList()
                    .forEach(scope -> scope.getMetricsList().forEach(metric -> metrics.put(metric.getName(), metric)));
        }
        return metrics;
    }

    public static Map<String, Object> attributes(List<KeyValue> pairs) {
        Map<String, Object> attributes = new TreeMap<>();
        for (KeyValue pair : pairs) {
            attributes.put(
                    pair.getKey(),
                    pair.getValue().hasIntValue()
                            ? (Object) pair.getValue().getIntValue()
                            : pair.getValue().getStringValue());
        }
        return attributes;
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }

    private void receive(HttpExchange exchange) throws IOException {
        take(
                exchange,
                body -> received.addAll(
                        ExportTraceServiceRequest.parseFrom(body).getResourceSpansList()));
    }

    private void receiveMetrics(HttpExchange exchange) throws IOException {
        take(
                exchange,
                body -> measured.addAll(
                        ExportMetricsServiceRequest.parseFrom(body).getResourceMetricsList()));
    }

    private void take(HttpExchange exchange, Taker taker) throws IOException {
        asked.incrementAndGet();
        boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
        int answer = status;
        try (InputStream body = zipped ? new GZIPInputStream(exchange.getRequestBody()) : exchange.getRequestBody()) {
            if (answer == 200) {
                taker.take(body);
            }
        }
        exchange.sendResponseHeaders(answer, -1);
        exchange.close();
    }

    private interface Taker {
        void take(InputStream body) throws IOException;
    }
}
