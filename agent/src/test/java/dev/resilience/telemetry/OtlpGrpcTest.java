package dev.resilience.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.admin.AdminFixture;
import dev.resilience.admin.MetricFamilies;
import dev.resilience.metrics.CallOutcome;
import dev.resilience.telemetry.CallTracer.CallSpan;
import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Spans to a real gRPC server, decoded by OpenTelemetry's own classes. */
class OtlpGrpcTest {

    private static final URI BOOKINGS = URI.create("https://api.cal.com/v1/bookings");
    private static final Metadata.Key<String> ENCODING =
            Metadata.Key.of("grpc-encoding", Metadata.ASCII_STRING_MARSHALLER);

    private final List<ResourceSpans> received = new CopyOnWriteArrayList<>();
    private final List<ResourceMetrics> measured = new CopyOnWriteArrayList<>();
    private final Set<String> connections = ConcurrentHashMap.newKeySet();
    private final Set<String> encodings = ConcurrentHashMap.newKeySet();
    private volatile Status refusal = Status.OK;
    private Server server;
    private OtlpTracer tracer;

    @BeforeEach
    void start() throws IOException {
        server = listen(0);
        tracer = new OtlpTracer(
                "booking",
                "booking-7",
                "http://127.0.0.1:" + server.getPort(),
                "grpc",
                1,
                work -> new Thread(work, "resilience-traces"));
        tracer.start();
    }

    @AfterEach
    void stop() {
        tracer.close();
        server.shutdownNow();
    }

    @Test
    void a_call_arrives_as_over_http() {
        tracer.http("calcom", "create_booking", "POST", BOOKINGS, null).end("CLOSED", "success", null, 201, null);

        Span span = spans(1).get(0);
        assertThat(span.getName()).isEqualTo("POST");
        assertThat(span.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CLIENT);
        assertThat(Collector.attributes(span.getAttributesList()))
                .containsEntry("resilience.service", "calcom")
                .containsEntry("http.response.status_code", 201L);
        assertThat(Collector.attributes(received.get(0).getResource().getAttributesList()))
                .containsEntry("service.name", "booking");
        assertThat(encodings).containsExactly("gzip");
    }

    @Test
    void batches_larger_than_a_window_of_http2_arrive_over_one_connection() {
        Random random = new Random(7);
        int count = 3_000;
        for (int i = 0; i < count; i++) {
            byte[] noise = new byte[300];
            random.nextBytes(noise);
            URI uri = BOOKINGS.resolve("?q=" + java.util.HexFormat.of().formatHex(noise));
            tracer.http("calcom", "b", "GET", uri, null).end("CLOSED", "success", null, 200, null);
        }

        assertThat(spans(count)).hasSize(count);
        assertThat(connections).hasSize(1);
        assertThat(tracer.dropped()).isZero();
    }

    @Test
    void a_collector_that_refuses_costs_spans_and_nothing_else() {
        refusal = Status.RESOURCE_EXHAUSTED.withDescription("too much");
        ended("refused");
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(tracer.dropped()).isEqualTo(1));

        refusal = Status.OK;
        ended("later");

        assertThat(endpoint(spans(1).get(0))).isEqualTo("later");
    }

    @Test
    void a_collector_that_was_started_again_is_found_again() throws Exception {
        ended("before");
        spans(1);
        int port = server.getPort();
        server.shutdownNow().awaitTermination();
        ended("meanwhile");
        // The one before, too, where the server went before its answer came.
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(tracer.dropped()).isPositive());

        server = listen(port);
        ended("after");

        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() ->
                        assertThat(all()).extracting(OtlpGrpcTest::endpoint).contains("after"));
    }

    @Test
    void metrics_go_the_same_way() {
        try (AdminFixture agent = new AdminFixture()) {
            agent.metrics.endpoint("calcom", "calcom_call").record(CallOutcome.SUCCESS, 40_000_000);
            OtlpMetrics metrics = new OtlpMetrics(
                    "booking",
                    "booking-7",
                    "http://127.0.0.1:" + server.getPort(),
                    "grpc",
                    Duration.ofHours(1),
                    new MetricFamilies(agent.surface)::now,
                    Thread::new);
            metrics.start();
            metrics.close();
            await().atMost(Duration.ofSeconds(30)).until(() -> !measured.isEmpty());
        }

        assertThat(Collector.attributes(measured.get(0).getResource().getAttributesList()))
                .containsEntry("service.name", "booking");
        assertThat(measured.get(0).getScopeMetrics(0).getMetricsList())
                .filteredOn(metric -> metric.getName().equals("resilience_call_duration_seconds"))
                .singleElement()
                .satisfies(metric -> assertThat(metric.getHistogram().getDataPointsList())
                        .extracting(HistogramDataPoint::getCount)
                        .contains(1L));
    }

    @Test
    void what_waits_is_sent_at_the_end() {
        ended("last");
        tracer.close();
        assertThat(spans(1)).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            delimiter = '|',
            value = {
                "http://c:4318          | -             | http://c:4318/v1/traces       | false",
                "http://c:4317          | -             | http://c:4317                 | true",
                "https://c:4317/        | -             | https://c:4317                | true",
                "http://c:4317          | http/protobuf | http://c:4317/v1/traces       | false",
                "http://c               | grpc          | http://c                      | true",
                "http://c:9/x/v1/traces | -             | http://c:9/x/v1/traces        | false",
                "http://c:9/x/          | -             | http://c:9/x/v1/traces        | false",
            })
    void the_protocol_is_told_or_known_by_the_port(String base, String protocol, String url, boolean grpc) {
        assertThat(CollectorAddress.of(base, "/v1/traces", protocol)).isEqualTo(new CollectorAddress(url, grpc));
    }

    private void ended(String endpoint) {
        CallSpan span = tracer.http("calcom", endpoint, "GET", BOOKINGS, null);
        span.end("CLOSED", "success", null, 200, null);
    }

    private List<Span> spans(int count) {
        await().atMost(Duration.ofSeconds(30)).until(() -> all().size() >= count);
        return all();
    }

    private List<Span> all() {
        return received.stream()
                .flatMap(resource -> resource.getScopeSpansList().stream())
                .flatMap(scope -> scope.getSpansList().stream())
                .toList();
    }

    private static Object endpoint(Span span) {
        return Collector.attributes(span.getAttributesList()).get("resilience.endpoint");
    }

    private Server listen(int port) throws IOException {
        return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .addService(new Traces())
                .addService(new Metrics())
                .intercept(new Connections())
                .build()
                .start();
    }

    private final class Traces extends TraceServiceGrpc.TraceServiceImplBase {

        @Override
        public void export(ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> answer) {
            if (!refusal.isOk()) {
                answer.onError(refusal.asRuntimeException());
                return;
            }
            received.addAll(request.getResourceSpansList());
            answer.onNext(ExportTraceServiceResponse.getDefaultInstance());
            answer.onCompleted();
        }
    }

    private final class Metrics extends MetricsServiceGrpc.MetricsServiceImplBase {

        @Override
        public void export(ExportMetricsServiceRequest request, StreamObserver<ExportMetricsServiceResponse> answer) {
            measured.addAll(request.getResourceMetricsList());
            answer.onNext(ExportMetricsServiceResponse.getDefaultInstance());
            answer.onCompleted();
        }
    }

    /** Remembers who called, and how the message was packed. */
    private final class Connections implements ServerInterceptor {

        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            connections.add(String.valueOf(call.getAttributes().get(io.grpc.Grpc.TRANSPORT_ATTR_REMOTE_ADDR)));
            encodings.add(String.valueOf(headers.get(ENCODING)));
            return new ForwardingServerCallListener.SimpleForwardingServerCallListener<>(
                    next.startCall(call, headers)) {};
        }
    }
}
