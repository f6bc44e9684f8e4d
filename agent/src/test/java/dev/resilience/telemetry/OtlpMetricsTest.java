package dev.resilience.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import dev.resilience.admin.AdminFixture;
import dev.resilience.admin.MetricFamilies;
import dev.resilience.breaker.State;
import dev.resilience.metrics.CallOutcome;
import dev.resilience.metrics.CallRecorder.EndpointRecorder;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OtlpMetricsTest {

    private final AdminFixture agent = new AdminFixture();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private Collector collector;
    private OtlpMetrics metrics;

    @BeforeEach
    void start() throws IOException {
        collector = new Collector();
        metrics = every(Duration.ofHours(1));
    }

    @AfterEach
    void stop() {
        metrics.close();
        agent.close();
        collector.close();
        assertThat(threads).noneMatch(Thread::isAlive);
    }

    @Test
    void the_names_are_those_of_the_page_and_the_numbers_those_of_the_calls() {
        EndpointRecorder calls = agent.metrics.endpoint("calcom", "calcom_call");
        calls.record(CallOutcome.SUCCESS, 3_000_000);
        calls.record(CallOutcome.SUCCESS, 40_000_000);
        calls.record(CallOutcome.FAILURE, 40_000_000_000L);
        calls.record(CallOutcome.REJECTED, 1_000);
        calls.fallback("stale_cache", CallOutcome.REJECTED, 2_000, 1_000);
        agent.circuits.set("calcom", State.OPEN);

        Map<String, Metric> sent = sent();

        assertThat(sent)
                .containsKeys(
                        "resilience_calls_total",
                        "resilience_call_duration_seconds",
                        "resilience_circuit_state",
                        "resilience_circuit_transitions_total",
                        "resilience_fallbacks_total",
                        "resilience_queue_entries",
                        "resilience_review_entries",
                        "resilience_store_up");
        assertThat(sent.get("resilience_calls_total").getSum().getIsMonotonic()).isTrue();
        assertThat(sent.get("resilience_calls_total").getSum().getAggregationTemporality())
                .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
        assertThat(values(sent.get("resilience_calls_total"), "outcome", "service", "calcom"))
                .containsOnly(
                        entry("success", 2.0), entry("failure", 1.0), entry("rejected", 1.0), entry("fallback", 1.0));
        assertThat(values(sent.get("resilience_fallbacks_total"), "strategy", "service", "calcom"))
                .contains(entry("stale_cache", 1.0));
        assertThat(values(sent.get("resilience_circuit_state"), "state", "service", "calcom"))
                .containsOnly(entry("OPEN", 1.0), entry("CLOSED", 0.0), entry("HALF_OPEN", 0.0));
        HistogramDataPoint durations = durations(sent, "calcom");
        assertThat(sent.get("resilience_call_duration_seconds").getUnit()).isEqualTo("s");
        assertThat(durations.getCount()).isEqualTo(3);
        assertThat(durations.getSum()).isEqualTo(40.043);
        assertThat(durations.getExplicitBoundsCount() + 1).isEqualTo(durations.getBucketCountsCount());
        assertThat(counted(durations, 0.005)).isEqualTo(1);
        assertThat(counted(durations, 0.05)).isEqualTo(2);
        assertThat(counted(durations, 30)).isEqualTo(2);
        assertThat(durations.getStartTimeUnixNano()).isPositive().isLessThanOrEqualTo(durations.getTimeUnixNano());
        assertThat(Collector.attributes(collector.measured.get(0).getResource().getAttributesList()))
                .contains(entry("service.name", "booking"), entry("service.instance.id", "booking-7"));
    }

    @Test
    void a_traced_call_is_an_example_of_its_bucket() {
        EndpointRecorder calls = agent.metrics.endpoint("calcom", "calcom_call");
        calls.record(CallOutcome.SUCCESS, 40_000_000);
        new TraceParent(0x0af7651916cd43ddL, 0x8448eb211c80319cL, 0xb7ad6b7169203331L, true).mark(calls, 40_000_000);
        new TraceParent(1, 2, 3, false).mark(calls, 3_000_000);

        List<Exemplar> exemplars = durations(sent(), "calcom").getExemplarsList();

        assertThat(exemplars).hasSize(1);
        assertThat(HexFormat.of().formatHex(exemplars.get(0).getTraceId().toByteArray()))
                .isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(HexFormat.of().formatHex(exemplars.get(0).getSpanId().toByteArray()))
                .isEqualTo("b7ad6b7169203331");
        assertThat(exemplars.get(0).getAsDouble()).isEqualTo(0.04);
    }

    @Test
    void they_are_sent_at_the_interval_and_what_a_collector_refused_is_told_by_the_next_round() {
        collector.status = 503;
        agent.metrics.endpoint("calcom", "calcom_call").record(CallOutcome.SUCCESS, 1);
        try (OtlpMetrics often = every(Duration.ofMillis(1))) {
            often.start();
            await().atMost(Duration.ofSeconds(30)).until(() -> collector.asked.get() > 0);
            assertThat(collector.measured).isEmpty();
            collector.status = 200;
            await().atMost(Duration.ofSeconds(30)).until(() -> !collector.measured.isEmpty());
        }
        assertThat(values(collector.metrics().get("resilience_calls_total"), "outcome", "service", "calcom"))
                .contains(entry("success", 1.0));
    }

    @Test
    void one_that_was_never_started_is_closed_at_once() {
        metrics.close();
        assertThat(collector.asked).hasValue(0);
    }

    /** What is sent at the end. */
    private Map<String, Metric> sent() {
        metrics.start();
        metrics.close();
        await().atMost(Duration.ofSeconds(30)).until(() -> !collector.measured.isEmpty());
        return collector.metrics();
    }

    private OtlpMetrics every(Duration interval) {
        return new OtlpMetrics(
                "booking",
                "booking-7",
                collector.url(),
                null,
                interval,
                new MetricFamilies(agent.surface)::now,
                this::thread);
    }

    private Thread thread(Runnable work) {
        Thread thread = new Thread(work);
        threads.add(thread);
        return thread;
    }

    private static HistogramDataPoint durations(Map<String, Metric> sent, String service) {
        return sent.get("resilience_call_duration_seconds").getHistogram().getDataPointsList().stream()
                .filter(point -> service.equals(
                        Collector.attributes(point.getAttributesList()).get("service")))
                .findFirst()
                .orElseThrow();
    }

    private static long counted(HistogramDataPoint point, double upTo) {
        long count = 0;
        for (int i = 0; i < point.getExplicitBoundsCount() && point.getExplicitBounds(i) <= upTo; i++) {
            count += point.getBucketCounts(i);
        }
        return count;
    }

    private static Map<String, Double> values(Metric metric, String by, String label, String value) {
        List<NumberDataPoint> points = metric.hasSum()
                ? metric.getSum().getDataPointsList()
                : metric.getGauge().getDataPointsList();
        Map<String, Double> values = new TreeMap<>();
        for (NumberDataPoint point : points) {
            Map<String, Object> labels = Collector.attributes(point.getAttributesList());
            if (value.equals(labels.get(label))) {
                values.put((String) labels.get(by), point.getAsDouble());
            }
        }
        return values;
    }
}
