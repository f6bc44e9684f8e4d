package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Metrics and the traces that their exemplars name, as a collector on loopback receives them, decoded by OpenTelemetry's own classes. */
class MetricsExportTest {

    private final List<ResourceSpans> received = new CopyOnWriteArrayList<>();
    private final List<ResourceMetrics> measured = new CopyOnWriteArrayList<>();

    @Test
    void the_figures_arrive_and_name_traces_that_arrive_too(@TempDir Path directory) throws Exception {
        HttpServer collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/traces", exchange -> {
            try (exchange) {
                received.addAll(
                        ExportTraceServiceRequest.parseFrom(body(exchange)).getResourceSpansList());
                exchange.sendResponseHeaders(200, -1);
            }
        });
        collector.createContext("/v1/metrics", exchange -> {
            try (exchange) {
                measured.addAll(
                        ExportMetricsServiceRequest.parseFrom(body(exchange)).getResourceMetricsList());
                exchange.sendResponseHeaders(200, -1);
            }
        });
        collector.start();
        try (CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.calCom(directory, calCom, "", "timeout: 60s");
            Files.writeString(
                    config,
                    Files.readString(config)
                            + "telemetry: {traces: {otlp: \"%1$s\"}, metrics: {otlp: \"%1$s\", interval: 1s}}\n"
                                    .formatted("http://127.0.0.1:"
                                            + collector.getAddress().getPort()));
            try (Booking booking = Booking.start(Booking.command(directory, config), calCom.url())) {
                Admin admin = booking.admin();
                booking.availability();
                calCom.become(Health.ERRORS);
                for (int i = 0; i < 6; i++) {
                    booking.availability();
                }

                Awaitility.await()
                        .untilAsserted(() -> assertThat(outcomes()).contains("success", "failure", "rejected"));
                Awaitility.await()
                        .untilAsserted(() -> assertThat(calls())
                                .containsEntry("success", 1.0)
                                .containsEntry("failure", 4.0)
                                .containsEntry("rejected", 2.0));
                assertThat(admin.get("/metrics", "application/openmetrics-text;version=1.0.0")
                                .body())
                        .contains("# {span_id=\"" + hex(span("success").getSpanId()) + "\"");
            }

            assertThat(resource(received.get(0).getResource())).containsEntry("service.name", "booking");
            assertThat(resource(measured.get(0).getResource())).containsEntry("service.name", "booking");
            assertThat(examples()).contains(hex(span("success").getTraceId()));
        } finally {
            collector.stop(0);
        }
    }

    private static InputStream body(HttpExchange exchange) throws IOException {
        boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
        return zipped ? new GZIPInputStream(exchange.getRequestBody()) : exchange.getRequestBody();
    }

    /** The newest of all metrics of a name. */
    private Metric metric(String name) {
        return measured.stream()
                .flatMap(resource -> resource.getScopeMetricsList().stream())
                .flatMap(scope -> scope.getMetricsList().stream())
                .filter(metric -> metric.getName().equals(name))
                .reduce((older, newer) -> newer)
                .orElse(Metric.getDefaultInstance());
    }

    private Map<String, Double> calls() {
        Map<String, Double> calls = new TreeMap<>();
        metric("resilience_calls_total").getSum().getDataPointsList().forEach(point -> {
            Map<String, String> labels = texts(point.getAttributesList());
            if ("fetch_availability".equals(labels.get("endpoint"))) {
                calls.put(labels.get("outcome"), point.getAsDouble());
            }
        });
        return calls;
    }

    /** Traces of calls that stand for a bucket. */
    private List<String> examples() {
        return metric("resilience_call_duration_seconds").getHistogram().getDataPointsList().stream()
                .flatMap(point -> point.getExemplarsList().stream())
                .map(exemplar -> hex(exemplar.getTraceId()))
                .toList();
    }

    private static String hex(ByteString bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    private List<Span> spans() {
        return received.stream()
                .flatMap(spans -> spans.getScopeSpansList().stream())
                .flatMap(scope -> scope.getSpansList().stream())
                .toList();
    }

    private List<String> outcomes() {
        return spans().stream()
                .map(span -> attributes(span).getOrDefault("resilience.outcome", ""))
                .toList();
    }

    private Span span(String outcome) {
        return spans().stream()
                .filter(span -> outcome.equals(attributes(span).get("resilience.outcome")))
                .findFirst()
                .orElseThrow();
    }

    private static Map<String, String> resource(Resource resource) {
        return texts(resource.getAttributesList());
    }

    private static Map<String, String> attributes(Span span) {
        return texts(span.getAttributesList());
    }

    private static Map<String, String> texts(List<KeyValue> attributes) {
        Map<String, String> texts = new TreeMap<>();
        for (KeyValue attribute : attributes) {
            String text = attribute.getValue().hasIntValue()
                    ? Long.toString(attribute.getValue().getIntValue())
                    : attribute.getValue().getStringValue();
            texts.put(attribute.getKey(), text);
        }
        return texts;
    }
}
