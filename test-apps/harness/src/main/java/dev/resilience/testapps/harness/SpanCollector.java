package dev.resilience.testapps.harness;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** An OTLP collector on loopback, over HTTP and when asked over gRPC, which decodes by OpenTelemetry's own classes. Thread-safe. */
public final class SpanCollector implements AutoCloseable {

    private final HttpServer server;
    private final List<Received> received = new CopyOnWriteArrayList<>();
    private volatile GrpcSpans grpc;

    /**
     * A span as it arrived.
     *
     * @param service {@code service.name} of the one that sent it
     */
    public record Received(String service, Span span) {

        /** An attribute as text; empty when it is not there. */
        public String attribute(String name) {
            return text(span.getAttributesList(), name);
        }

        public boolean isClient() {
            return span.getKind() == Span.SpanKind.SPAN_KIND_CLIENT;
        }

        /** As in a {@code traceparent} header. */
        public String traceId() {
            return hex(span.getTraceId().toByteArray());
        }

        public String spanId() {
            return hex(span.getSpanId().toByteArray());
        }

        /** Empty for the first of its trace. */
        public String parentId() {
            return hex(span.getParentSpanId().toByteArray());
        }

        /** For people: what a test that failed has to show. */
        @Override
        public String toString() {
            Map<String, String> attributes = new TreeMap<>();
            for (KeyValue pair : span.getAttributesList()) {
                if (pair.getKey().startsWith("resilience.") || pair.getKey().startsWith("url.")) {
                    attributes.put(pair.getKey(), text(pair.getValue()));
                }
            }
            return "\n" + service + " " + span.getKind() + " " + span.getName() + " " + traceId() + "/" + spanId()
                    + " in " + parentId() + " " + attributes;
        }
    }

    public SpanCollector() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::receive);
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Begins to listen for gRPC, too. @return the address of that port */
    public String grpcUrl() throws IOException {
        GrpcSpans there = grpc;
        if (there == null) {
            there = new GrpcSpans(this::take);
            grpc = there;
        }
        return "http://127.0.0.1:" + there.port();
    }

    public List<Received> spans() {
        return List.copyOf(received);
    }

    /** Those of calls to an address that ends so. */
    public List<Received> to(String path) {
        return received.stream()
                .filter(span -> span.attribute("url.full").endsWith(path))
                .toList();
    }

    @Override
    public void close() {
        server.stop(0);
        GrpcSpans there = grpc;
        if (there != null) {
            there.close();
        }
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange;
                InputStream body = exchange.getRequestBody()) {
            if (exchange.getRequestURI().getPath().equals("/v1/traces")) {
                boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
                take(ExportTraceServiceRequest.parseFrom(zipped ? new GZIPInputStream(body) : body));
            }
            exchange.sendResponseHeaders(200, -1);
        }
    }

    void take(ExportTraceServiceRequest request) {
        received.addAll(spans(request).toList());
    }

    private static Stream<Received> spans(ExportTraceServiceRequest request) {
        return request.getResourceSpansList().stream()
                .flatMap(resource -> resource.getScopeSpansList().stream()
                        .flatMap(scope -> scope.getSpansList().stream())
                        .map(span ->
                                new Received(text(resource.getResource().getAttributesList(), "service.name"), span)));
    }

    private static String text(List<KeyValue> attributes, String name) {
        for (KeyValue attribute : attributes) {
            if (attribute.getKey().equals(name)) {
                return text(attribute.getValue());
            }
        }
        return "";
    }

    private static String text(AnyValue value) {
        return value.hasIntValue() ? Long.toString(value.getIntValue()) : value.getStringValue();
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
