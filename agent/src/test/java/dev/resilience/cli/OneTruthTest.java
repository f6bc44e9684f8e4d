package dev.resilience.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.resilience.breaker.State;
import dev.resilience.cli.FleetUnderTest.Instance;
import dev.resilience.cli.FleetUnderTest.Ledger;
import dev.resilience.health.alert.Finding.Kind;
import dev.resilience.health.alert.Notice;
import dev.resilience.telemetry.Collector;
import dev.resilience.telemetry.OtlpMetrics;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * A fleet under fake time whose dependency grows slower for an hour, then fails, recovers and fails again: it is announced
 * before, pages once, and every number on every surface is that of the calls that were really made.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OneTruthTest {

    private static final Pattern SAMPLE = Pattern.compile("(resilience_[a-z_]+)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("([a-z]+)=\"([^\"]*)\"");

    private final FleetUnderTest fleet = new FleetUnderTest();
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Notice> pagedForSlowness = new ArrayList<>();
    private long tooSlowAt;
    private Ledger all;

    @BeforeAll
    void live() {
        // Two hours as usual, an hour from 120 ms to 1,200 ms, and half an hour as slow as that.
        for (int half = 0; half < 2 * 210; half++) {
            fleet.typicalMillis = 120 + Math.max(0, Math.min(60, half / 2 - 120)) * 18.0;
            if (fleet.typicalMillis > 1_000 && tooSlowAt == 0) {
                tooSlowAt = fleet.time.unixMillis();
            }
            fleet.step();
        }
        pagedForSlowness.addAll(fleet.paged);

        failUntilOpen();
        fleet.typicalMillis = 120;
        for (int half = 0; half < 20 && fleet.state() != State.CLOSED; half++) {
            fleet.step();
        }
        assertThat(fleet.state()).isEqualTo(State.CLOSED);
        failUntilOpen();
        all = Ledger.sum(fleet.truth.values());
        fleet.instances.forEach(Instance::show);
    }

    /** And a little longer, so that some calls are not made. */
    private void failUntilOpen() {
        fleet.typicalMillis = -300;
        for (int half = 0; half < 10 && fleet.state() != State.OPEN; half++) {
            fleet.step();
        }
        fleet.step();
        assertThat(fleet.state()).isEqualTo(State.OPEN);
    }

    @AfterAll
    void end() {
        fleet.close();
    }

    @Test
    void it_is_announced_before_it_fails_and_pages_once() {
        assertThat(fleet.announced).isNotEmpty();
        assertThat(tooSlowAt - fleet.announced.get(0))
                .isGreaterThan(Duration.ofMinutes(10).toMillis());
        assertThat(pagedForSlowness).extracting(Notice::event).containsExactly(Notice.Event.RAISED);
        assertThat(pagedForSlowness.get(0).alert().finding().kind()).isEqualTo(Kind.HIGH_LATENCY);
    }

    @Test
    void the_ledger_has_calls_of_every_kind() {
        assertThat(all.successes).isGreaterThan(10_000);
        assertThat(all.failures).isPositive();
        assertThat(all.rejected).isPositive();
        assertThat(all.answeredFailures).isPositive();
        assertThat(all.answeredRejections).isPositive();
        assertThat(all.requests()).isEqualTo(all.nanos.size() + all.rejected + all.answeredRejections);
    }

    @Test
    void any_instance_answers_for_the_fleet_in_json() throws Exception {
        for (Instance instance : fleet.instances) {
            JsonNode body = json(instance, "/api/metrics/resilience");
            assertThat(body.get("scope").asText()).isEqualTo("fleet");
            JsonNode calcom = body.get("services").get("calcom");
            isTold(calcom, all);
            isTold(calcom.get("endpoints").get("fetch"), fleet.truth.get("fetch"));
            isTold(calcom.get("endpoints").get("book"), fleet.truth.get("book"));
            assertThat(calcom.get("transitions").get("CLOSED_TO_OPEN").asLong()).isEqualTo(2);
            assertThat(calcom.get("transitions").get("HALF_OPEN_TO_CLOSED").asLong())
                    .isEqualTo(1);
            assertThat(calcom.get("recoveries").asLong()).isEqualTo(1);
            assertThat(calcom.get("slos_met").asBoolean()).isFalse();
            assertThat(calcom.get("error_budget").get("calls").asLong()).isEqualTo(all.requests());
        }
    }

    @Test
    void the_latency_breakdown_is_that_of_the_calls_that_reached_the_dependency() throws Exception {
        for (Instance instance : fleet.instances) {
            JsonNode calcom = json(instance, "/api/metrics/latency-breakdown")
                    .get("services")
                    .get("calcom");
            assertThat(calcom.get("count").asLong()).isEqualTo(all.nanos.size());
            near(calcom.get("p50_ms"), all.percentileMillis(50));
            near(calcom.get("p95_ms"), all.percentileMillis(95));
            near(calcom.get("p99_ms"), all.percentileMillis(99));
            near(calcom.get("avg_ms"), all.totalNanos() / 1e6 / all.nanos.size());
        }
    }

    @Test
    void what_fallbacks_served_is_told_by_strategy() throws Exception {
        JsonNode calcom = json(fleet.instances.get(2), "/api/resilience/fallback-metrics")
                .get("services")
                .get("calcom");
        assertThat(calcom.get("served").get("respond").asLong()).isEqualTo(all.fallbacks());
        assertThat(calcom.get("answered_failures").asLong()).isEqualTo(all.answeredFailures);
        assertThat(calcom.get("answered_rejections").asLong()).isEqualTo(all.answeredRejections);
        assertThat(calcom.get("unanswered_failures").asLong()).isEqualTo(all.failures);
        assertThat(calcom.get("unanswered_rejections").asLong()).isEqualTo(all.rejected);
    }

    @Test
    void the_dashboards_lines_add_up() throws Exception {
        JsonNode points = json(fleet.instances.get(1), "/api/metrics/history?minutes=1440")
                .get("services")
                .get("calcom");
        assertThat(sum(points, "requests")).isEqualTo(all.requests());
        assertThat(sum(points, "failures")).isEqualTo(all.failures + all.answeredFailures);
        assertThat(sum(points, "rejections")).isEqualTo(all.rejected + all.answeredRejections);
    }

    @Test
    void prometheus_pages_of_the_fleet_add_up() throws Exception {
        Map<String, Double> sums = new TreeMap<>();
        for (Instance instance : fleet.instances) {
            get(instance, "/metrics").lines().forEach(line -> {
                Matcher sample = SAMPLE.matcher(line);
                if (!line.startsWith("#") && sample.matches()) {
                    String labels = sample.group(2) == null ? "" : sample.group(2);
                    sums.merge(
                            series(sample.group(1), labels(labels)), Double.parseDouble(sample.group(3)), Double::sum);
                }
            });
        }
        areThose(sums);
        assertThat(sums).containsEntry("resilience_circuit_state service=calcom state=OPEN", 3.0);
        assertThat(sums)
                .containsEntry("resilience_circuit_transitions_total from=CLOSED service=calcom to=OPEN", 2 * 3.0);
    }

    @Test
    void what_a_collector_is_sent_adds_up() throws Exception {
        Map<String, Double> sums = new TreeMap<>();
        try (Collector collector = new Collector()) {
            for (Instance instance : fleet.instances) {
                OtlpMetrics metrics = new OtlpMetrics(
                        "booking",
                        instance.config.instance(),
                        collector.url(),
                        null,
                        Duration.ofHours(1),
                        instance.families::now,
                        Thread::new);
                metrics.start();
                metrics.close();
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> collector.measured.size() == 3);
            collector.measured.forEach(resource -> resource.getScopeMetricsList()
                    .forEach(scope -> scope.getMetricsList().forEach(metric -> add(metric, sums))));
        }
        areThose(sums);
        assertThat(sums).containsEntry("resilience_circuit_state service=calcom state=OPEN", 3.0);
    }

    @Test
    void jmx_beans_of_the_fleet_add_up() throws Exception {
        for (String endpoint : fleet.truth.keySet()) {
            Ledger truth = fleet.truth.get(endpoint);
            ObjectName name = new ObjectName("dev.resilience:type=Endpoint,service=calcom,name=" + endpoint);
            assertThat(added(name, "Requests")).isEqualTo(truth.requests());
            assertThat(added(name, "Successes")).isEqualTo(truth.successes);
            assertThat(added(name, "Failures")).isEqualTo(truth.failures + truth.answeredFailures);
            assertThat(added(name, "Rejections")).isEqualTo(truth.rejected + truth.answeredRejections);
            assertThat(added(name, "Fallbacks")).isEqualTo(truth.fallbacks());
        }
        for (Instance instance : fleet.instances) {
            assertThat(instance.beans.getAttribute(
                            new ObjectName("dev.resilience:type=CircuitBreaker,name=calcom"), "State"))
                    .isEqualTo("OPEN");
        }
    }

    @Test
    void the_command_line_tells_the_same() throws Exception {
        for (Instance instance : fleet.instances) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Main.run(
                    new String[] {"metrics", "--json", "--url", instance.url},
                    new Screen(new PrintStream(out, true), false),
                    new PrintStream(new ByteArrayOutputStream(), true));
            isTold(
                    JsonMapper.builder()
                            .build()
                            .readTree(out.toString(StandardCharsets.UTF_8))
                            .get("services")
                            .get("calcom"),
                    all);
        }
    }

    @Test
    void every_surface_names_the_open_circuit_and_whom_it_hits() throws Exception {
        for (Instance instance : fleet.instances) {
            JsonNode health = json(instance, "/api/health/status");
            assertThat(health.get("open_circuits").get(0).asText()).isEqualTo("calcom");
            assertThat(health.get("services").get("appointments").get("healthy").asBoolean())
                    .isFalse();
            assertThat(json(instance, "/api/resilience/states")
                            .get("calcom")
                            .get("state")
                            .asText())
                    .isEqualTo("OPEN");
            assertThat((String[])
                            instance.beans.getAttribute(new ObjectName("dev.resilience:type=Agent"), "OpenCircuits"))
                    .containsExactly("calcom");
        }
    }

    /** One service's or endpoint's figures in JSON. */
    private static void isTold(JsonNode node, Ledger truth) {
        assertThat(node.get("requests").asLong()).isEqualTo(truth.requests());
        assertThat(node.get("successes").asLong()).isEqualTo(truth.successes);
        assertThat(node.get("failures").asLong()).isEqualTo(truth.failures + truth.answeredFailures);
        assertThat(node.get("rejections").asLong()).isEqualTo(truth.rejected + truth.answeredRejections);
        assertThat(node.get("fallbacks").asLong()).isEqualTo(truth.fallbacks());
        assertThat(node.get("success_rate").asDouble())
                .isCloseTo(100.0 * truth.successes / truth.nanos.size(), within(0.01));
        near(node.get("p50_latency_ms"), truth.percentileMillis(50));
        near(node.get("p95_latency_ms"), truth.percentileMillis(95));
        near(node.get("p99_latency_ms"), truth.percentileMillis(99));
        near(node.get("avg_latency_ms"), truth.totalNanos() / 1e6 / truth.nanos.size());
    }

    private void areThose(Map<String, Double> sums) {
        fleet.truth.forEach((endpoint, truth) -> {
            String of = "endpoint=" + endpoint;
            assertThat(sums)
                    .containsEntry("resilience_calls_total " + of + " outcome=success service=calcom", (double)
                            truth.successes)
                    .containsEntry(
                            "resilience_calls_total " + of + " outcome=failure service=calcom", (double) truth.failures)
                    .containsEntry("resilience_calls_total " + of + " outcome=rejected service=calcom", (double)
                            truth.rejected)
                    .containsEntry("resilience_calls_total " + of + " outcome=fallback service=calcom", (double)
                            truth.fallbacks())
                    .containsEntry("resilience_call_duration_seconds_count " + of + " service=calcom", (double)
                            truth.nanos.size());
            assertThat(sums.get("resilience_call_duration_seconds_sum " + of + " service=calcom"))
                    .isCloseTo(truth.totalNanos() / 1e9, within(1e-6));
        });
        assertThat(sums)
                .containsEntry("resilience_fallbacks_total endpoint=fetch service=calcom strategy=respond", (double)
                        all.fallbacks());
    }

    private static void add(Metric metric, Map<String, Double> sums) {
        List<NumberDataPoint> numbers = new ArrayList<>(metric.getSum().getDataPointsList());
        numbers.addAll(metric.getGauge().getDataPointsList());
        for (NumberDataPoint point : numbers) {
            sums.merge(
                    series(metric.getName(), Collector.attributes(point.getAttributesList())),
                    point.getAsDouble(),
                    Double::sum);
        }
        for (HistogramDataPoint point : metric.getHistogram().getDataPointsList()) {
            Map<String, Object> labels = Collector.attributes(point.getAttributesList());
            sums.merge(series(metric.getName() + "_count", labels), (double) point.getCount(), Double::sum);
            sums.merge(series(metric.getName() + "_sum", labels), point.getSum(), Double::sum);
        }
    }

    private static String series(String name, Map<String, Object> labels) {
        StringBuilder series = new StringBuilder(name);
        labels.forEach(
                (label, value) -> series.append(' ').append(label).append('=').append(value));
        return series.toString();
    }

    private static Map<String, Object> labels(String text) {
        Map<String, Object> labels = new TreeMap<>();
        Matcher label = LABEL.matcher(text);
        while (label.find()) {
            labels.put(label.group(1), label.group(2));
        }
        return labels;
    }

    private long added(ObjectName name, String attribute) throws Exception {
        long sum = 0;
        for (Instance instance : fleet.instances) {
            sum += ((Number) instance.beans.getAttribute(name, attribute)).longValue();
        }
        return sum;
    }

    private static long sum(JsonNode points, String field) {
        long sum = 0;
        for (JsonNode point : points) {
            sum += point.get(field).asLong();
        }
        return sum;
    }

    /** Distributions are kept within 1 %. */
    private static void near(JsonNode told, double truth) {
        assertThat(told.asDouble()).isCloseTo(truth, within(truth * 0.01));
    }

    private JsonNode json(Instance instance, String path) throws Exception {
        return JsonMapper.builder().build().readTree(get(instance, path));
    }

    private String get(Instance instance, String path) throws Exception {
        return client.send(
                        HttpRequest.newBuilder(URI.create(instance.url + path)).build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
