package dev.resilience.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.resilience.breaker.State;
import dev.resilience.breaker.Transition;
import dev.resilience.metrics.CallMetrics;
import dev.resilience.telemetry.CallTracer.CallSpan;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OtlpTracerTest {

    private static final URI BOOKINGS = URI.create("https://api.cal.com/v1/bookings");

    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private Collector collector;
    private OtlpTracer tracer;

    @BeforeEach
    void start() throws IOException {
        collector = new Collector();
        tracer = new OtlpTracer("booking", "booking-7", collector.url(), null, 1, this::thread);
        tracer.start();
    }

    @AfterEach
    void stop() {
        tracer.close();
        collector.close();
        assertThat(threads).hasSize(1).noneMatch(Thread::isAlive);
    }

    @Test
    void an_http_call_is_a_client_span_by_the_conventions() {
        URI uri = URI.create("https://alice:pw@api.cal.com/v1/bookings?from=now&api_key=s3cret&access_token=t0p#x");
        tracer.http("calcom", "create_booking", "post", uri, null).end("CLOSED", "success", null, 201, null);

        Span span = onlySpan();
        assertThat(span.getName()).isEqualTo("POST");
        assertThat(span.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CLIENT);
        assertThat(span.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_UNSET);
        assertThat(span.getParentSpanId()).isEqualTo(ByteString.EMPTY);
        assertThat(span.getTraceId().size()).isEqualTo(16);
        assertThat(span.getSpanId().size()).isEqualTo(8);
        assertThat(span.getEndTimeUnixNano()).isGreaterThanOrEqualTo(span.getStartTimeUnixNano());
        assertThat(attributes(span))
                .containsOnly(
                        entry("http.request.method", "POST"),
                        entry(
                                "url.full",
                                "https://REDACTED:REDACTED@api.cal.com/v1/bookings?from=now&api_key=REDACTED&access_token=REDACTED"),
                        entry("server.address", "api.cal.com"),
                        entry("server.port", 443L),
                        entry("http.response.status_code", 201L),
                        entry("resilience.service", "calcom"),
                        entry("resilience.endpoint", "create_booking"),
                        entry("resilience.state", "CLOSED"),
                        entry("resilience.outcome", "success"));
        assertThat(collector.received.toString()).doesNotContain("s3cret", "t0p", "alice");
        assertThat(Collector.attributes(collector.received.get(0).getResource().getAttributesList()))
                .contains(entry("service.name", "booking"), entry("service.instance.id", "booking-7"));
    }

    @Test
    void a_failure_says_what_failed_and_what_answered() {
        tracer.http("calcom", "b", "GET", BOOKINGS, null).end("HALF_OPEN", "fallback", "stale_cache", 503, null);
        Span span = onlySpan();
        assertThat(attributes(span))
                .contains(
                        entry("error.type", "503"),
                        entry("resilience.state", "HALF_OPEN"),
                        entry("resilience.outcome", "fallback"),
                        entry("resilience.fallback", "stale_cache"));
        assertThat(span.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
    }

    @Test
    void an_exception_is_told_by_its_class_and_not_by_its_message() {
        tracer.http("calcom", "b", "GET", BOOKINGS, null)
                .end("CLOSED", "failure", null, 0, new ConnectException("password=s3cret"));
        Span span = onlySpan();
        assertThat(attributes(span)).contains(entry("error.type", "java.net.ConnectException"));
        assertThat(span.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
        assertThat(span.toString()).doesNotContain("s3cret");
    }

    @Test
    void a_rejection_answered_by_a_fallback_is_no_error_and_one_without_is() {
        tracer.http("calcom", "b", "GET", BOOKINGS, null).end("OPEN", "fallback", "respond", 0, null);
        tracer.http("calcom", "b", "GET", BOOKINGS, null).end("OPEN", "rejected", null, 0, null);
        List<Span> spans = spans(2);
        assertThat(spans.get(0).getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_UNSET);
        assertThat(attributes(spans.get(0))).doesNotContainKeys("error.type", "http.response.status_code");
        assertThat(spans.get(1).getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
        assertThat(attributes(spans.get(1)))
                .contains(entry("error.type", "dev.resilience.CircuitBreakerOpenException"));
    }

    @Test
    void a_statement_is_told_without_its_literals() {
        tracer.jdbc(
                        "database",
                        "staff",
                        "jdbc:postgresql://app:pw@db.internal:5433/booking?user=app&password=pw",
                        "select *  from staff where name = 'Ann' and id = 7")
                .end("CLOSED", "failure", null, 0, new SQLException("Ann", "57P01"));
        Span span = onlySpan();
        assertThat(span.getName()).isEqualTo("SELECT booking");
        assertThat(attributes(span))
                .containsOnly(
                        entry("db.system.name", "postgresql"),
                        entry("db.namespace", "booking"),
                        entry("db.operation.name", "SELECT"),
                        entry("db.query.text", "select * from staff where name = ? and id = ?"),
                        entry("db.response.status_code", "57P01"),
                        entry("error.type", "java.sql.SQLException"),
                        entry("server.address", "db.internal"),
                        entry("server.port", 5433L),
                        entry("resilience.service", "database"),
                        entry("resilience.endpoint", "staff"),
                        entry("resilience.state", "CLOSED"),
                        entry("resilience.outcome", "failure"));
        assertThat(span.toString()).doesNotContain("Ann").doesNotContain("pw");
    }

    @Test
    void the_applications_own_trace_is_the_parent() {
        String parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        CallSpan span = tracer.http("calcom", "b", "GET", BOOKINGS, parent);
        assertThat(span.traceparent()).isNull();
        span.end("CLOSED", "success", null, 200, null);
        Span sent = onlySpan();
        assertThat(hex(sent.getTraceId())).isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(hex(sent.getParentSpanId())).isEqualTo("b7ad6b7169203331");
    }

    @Test
    void an_own_trace_is_sent_along() {
        CallSpan span = tracer.http("calcom", "b", "GET", BOOKINGS, null);
        String traceparent = span.traceparent();
        span.end("CLOSED", "success", null, 200, null);
        span.end("CLOSED", "failure", null, 500, null);
        Span sent = onlySpan();
        assertThat(traceparent).isEqualTo("00-" + hex(sent.getTraceId()) + "-" + hex(sent.getSpanId()) + "-01");
    }

    @Test
    void what_the_application_does_not_sample_is_not_sent() {
        tracer.http("calcom", "b", "GET", BOOKINGS, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
                .end("CLOSED", "success", null, 200, null);
        tracer.http("calcom", "sampled", "GET", BOOKINGS, null).end("CLOSED", "success", null, 200, null);
        assertThat(attributes(onlySpan())).contains(entry("resilience.endpoint", "sampled"));
    }

    @Test
    void a_resend_is_a_trace_of_its_own_linked_to_its_cause() {
        String cause = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        tracer.resend("calcom", "b", "POST", BOOKINGS, cause).end("HALF_OPEN", "success", null, 201, null);
        Span sent = onlySpan();
        assertThat(hex(sent.getTraceId())).isNotEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(sent.getLinksList())
                .singleElement()
                .satisfies(link -> assertThat(hex(link.getSpanId())).isEqualTo("b7ad6b7169203331"));
    }

    @Test
    void a_state_change_is_an_event_of_the_call_it_fell_into() {
        CallSpan tripping = tracer.http("calcom", "b", "GET", BOOKINGS, null);
        CallSpan other = tracer.http("retell", "b", "GET", BOOKINGS, null);
        tracer.onTransition(new Transition(
                "calcom", State.CLOSED, State.OPEN, 3, "5 of 5 calls failed", System.currentTimeMillis(), 1_000));
        tripping.end("CLOSED", "failure", null, 500, null);
        other.end("CLOSED", "success", null, 200, null);
        List<Span> spans = spans(2);
        assertThat(spans.get(0).getEventsList()).singleElement().satisfies(event -> {
            assertThat(event.getName()).isEqualTo("resilience.state_change");
            assertThat(Collector.attributes(event.getAttributesList()))
                    .containsOnly(
                            entry("resilience.state.from", "CLOSED"),
                            entry("resilience.state.to", "OPEN"),
                            entry("resilience.reason", "5 of 5 calls failed"));
        });
        assertThat(spans.get(1).getEventsList()).isEmpty();
    }

    @Test
    void a_collector_that_refuses_costs_spans_and_nothing_else() {
        collector.status = 503;
        tracer.http("calcom", "b", "GET", BOOKINGS, null).end("CLOSED", "success", null, 200, null);
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(tracer.dropped()).isEqualTo(1));
        collector.status = 200;
        tracer.http("calcom", "later", "GET", BOOKINGS, null).end("CLOSED", "success", null, 200, null);
        assertThat(attributes(onlySpan())).contains(entry("resilience.endpoint", "later"));
    }

    @Test
    void calls_before_its_start_are_sent_after_it() {
        tracer.close();
        threads.clear();
        tracer = new OtlpTracer("booking", "booking-7", collector.url(), null, 1, this::thread);
        tracer.http("calcom", "early", "GET", BOOKINGS, null).end("CLOSED", "success", null, 200, null);
        assertThat(threads).noneMatch(Thread::isAlive);
        tracer.start();
        assertThat(attributes(onlySpan())).contains(entry("resilience.endpoint", "early"));
    }

    @Test
    void of_the_traces_begun_here_a_share_is_told_and_the_others_are_passed_on_as_untold() {
        tracer.close();
        threads.clear();
        tracer = new OtlpTracer("booking", "booking-7", collector.url(), null, 0, this::thread);
        tracer.start();
        CallSpan untold = tracer.http("calcom", "b", "GET", BOOKINGS, null);
        assertThat(untold.traceparent()).endsWith("-00");
        untold.end("CLOSED", "success", null, 200, null);
        tracer.http("calcom", "told", "GET", BOOKINGS, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                .end("CLOSED", "success", null, 200, null);
        assertThat(attributes(onlySpan())).contains(entry("resilience.endpoint", "told"));
    }

    @Test
    void calls_whose_traces_are_told_are_examples_and_others_are_not() {
        CallMetrics metrics = new CallMetrics(System::nanoTime);
        CallSpan told = tracer.http("calcom", "b", "GET", BOOKINGS, null);
        told.mark(metrics.endpoint("calcom", "b"), 5);
        tracer.http("calcom", "b", "GET", BOOKINGS, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
                .mark(metrics.endpoint("calcom", "b"), 7_000_000);

        assertThat(metrics.exemplars("calcom", "b")).singleElement().satisfies(exemplar -> {
            assertThat(new TraceParent(exemplar.traceHigh(), exemplar.traceLow(), exemplar.span(), true).toString())
                    .isEqualTo(told.traceparent());
            assertThat(exemplar.durationNanos()).isEqualTo(5);
        });
        assertThat(metrics.exemplars("calcom", "other")).isEmpty();
    }

    @Test
    void half_of_the_traces_is_half_of_them() {
        OtlpTracer half = new OtlpTracer("booking", "booking-7", collector.url(), null, 0.5, this::thread);
        threads.remove(
                threads.stream().filter(thread -> !thread.isAlive()).findFirst().orElseThrow());
        int told = 0;
        for (int i = 0; i < 10_000; i++) {
            String sent = half.http("calcom", "b", "GET", BOOKINGS, null).traceparent();
            told += sent != null && sent.endsWith("-01") ? 1 : 0;
        }
        assertThat(told).isBetween(4_500, 5_500);
    }

    @Test
    void a_probe_is_a_trace_of_its_own() {
        tracer.probed("calcom", "http", "https://api.cal.com/v1/user", 1_000, 2_000_000, "HTTP status 503");
        Span span = onlySpan();
        assertThat(span.getName()).isEqualTo("probe calcom");
        assertThat(span.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_INTERNAL);
        assertThat(span.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
        assertThat(span.getParentSpanId()).isEqualTo(ByteString.EMPTY);
        assertThat(span.getStartTimeUnixNano()).isEqualTo(1_000_000_000L);
        assertThat(attributes(span))
                .containsOnly(
                        entry("resilience.service", "calcom"),
                        entry("resilience.outcome", "failure"),
                        entry("resilience.probe.kind", "http"),
                        entry("resilience.probe.target", "https://api.cal.com/v1/user"));
    }

    @Test
    void after_its_end_it_traces_nothing() {
        tracer.close();
        assertThat(tracer.jdbc("database", "b", "jdbc:h2:mem:a", "select 1")).isSameAs(CallSpan.NONE);
    }

    @Test
    void what_waits_is_sent_at_the_end() {
        tracer.http("calcom", "last", "GET", BOOKINGS, null).end("CLOSED", "success", null, 200, null);
        tracer.close();
        assertThat(collector.spans()).hasSize(1);
    }

    private Span onlySpan() {
        return spans(1).get(0);
    }

    private List<Span> spans(int count) {
        await().atMost(Duration.ofSeconds(30)).until(() -> collector.spans().size() >= count);
        assertThat(collector.spans()).hasSize(count);
        return collector.spans();
    }

    private static Map<String, Object> attributes(Span span) {
        return Collector.attributes(span.getAttributesList());
    }

    private static String hex(@Nullable ByteString bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    private Thread thread(Runnable work) {
        Thread thread = new Thread(work, "resilience-traces");
        thread.setDaemon(true);
        threads.add(thread);
        return thread;
    }
}
