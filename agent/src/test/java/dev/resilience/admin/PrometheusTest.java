package dev.resilience.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.resilience.breaker.State;
import dev.resilience.metrics.CallOutcome;
import dev.resilience.metrics.CallRecorder.EndpointRecorder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page, the dashboard and the rules, as a real Prometheus understands them. */
class PrometheusTest {

    private static final Path SAMPLES = Path.of(System.getProperty("reactor.root", ".."), "config-samples");
    private static final Path RULES = SAMPLES.resolve("prometheus-rules.yml");
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

    @TempDir
    Path folder;

    @BeforeEach
    void installed() {
        Assumptions.assumeTrue(PrometheusServer.tool("prometheus") != null, "no Prometheus is installed");
    }

    @Test
    void a_scrape_has_the_agents_numbers_and_the_dashboard_and_the_rules_find_theirs() throws Exception {
        try (AdminFixture agent = new AdminFixture()) {
            EndpointRecorder calls = agent.metrics.endpoint("calcom", "calcom_call");
            agent.circuits.set("calcom", State.OPEN);
            String url = agent.serve();
            try (PrometheusServer prometheus =
                    new PrometheusServer(folder, url.substring(url.lastIndexOf('/') + 1), RULES)) {
                int[] made = {0};
                // Rates need calls between two scrapes.
                await().atMost(Duration.ofMinutes(1))
                        .pollInterval(Duration.ofMillis(500))
                        .ignoreExceptions()
                        .until(() -> {
                            calls.record(CallOutcome.SUCCESS, 40_000_000);
                            calls.fallback("stale_cache", CallOutcome.FAILURE, 40_000_000, 1);
                            calls.traced(0x0af7651916cd43ddL, 0x8448eb211c80319cL, 7, 40_000_000);
                            made[0]++;
                            return prometheus
                                            .query("rate(resilience_calls_total{outcome=\"success\"}[10s]) > 0")
                                            .size()
                                    == 1;
                        });
                await().atMost(Duration.ofMinutes(1))
                        .until(() -> number(prometheus, "resilience_calls_total{outcome=\"success\"}") == made[0]);

                assertThat(number(prometheus, "resilience_calls_total{outcome=\"fallback\"}"))
                        .isEqualTo(made[0]);
                assertThat(number(prometheus, "resilience_call_duration_seconds_count{service=\"calcom\"}"))
                        .isEqualTo(2 * made[0]);
                assertThat(number(
                                prometheus, "resilience_call_duration_seconds_bucket{service=\"calcom\",le=\"0.05\"}"))
                        .isEqualTo(2 * made[0]);
                assertThat(number(
                                prometheus, "resilience_call_duration_seconds_bucket{service=\"calcom\",le=\"0.025\"}"))
                        .isZero();
                assertThat(number(prometheus, "resilience_circuit_state{service=\"calcom\",state=\"OPEN\"}"))
                        .isEqualTo(1);
                assertThat(prometheus.query("scrape_samples_post_metric_relabeling > 20"))
                        .hasSize(1);
                assertThat(prometheus.exemplars("resilience_call_duration_seconds_bucket{service=\"calcom\"}"))
                        .singleElement()
                        .satisfies(series -> {
                            assertThat(series.get("seriesLabels").get("le").asText())
                                    .isEqualTo("0.05");
                            assertThat(series.get("exemplars")
                                            .get(0)
                                            .get("labels")
                                            .get("trace_id")
                                            .asText())
                                    .isEqualTo(TRACE);
                        });
                for (String expression : dashboard()) {
                    // Only the instance that probes tells of probes, and this one has no probe.
                    assertThat(prometheus.query(expression).isEmpty())
                            .as(expression)
                            .isEqualTo(expression.contains("resilience_probe"));
                }
                await().atMost(Duration.ofMinutes(1)).until(() -> evaluated(prometheus.rules()));
            }
        }
    }

    @Test
    void the_page_has_nothing_that_promtool_would_write_otherwise() throws Exception {
        try (AdminFixture agent = new AdminFixture()) {
            EndpointRecorder calls = agent.metrics.endpoint("calcom", "calcom_call");
            calls.record(CallOutcome.SUCCESS, 40_000_000);
            calls.traced(1, 2, 3, 40_000_000);
            agent.circuits.set("calcom", State.OPEN);
            Path page = folder.resolve("page");
            String text = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(agent.serve() + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
            Files.writeString(page, text);

            assertThat(text).doesNotContain("trace_id");
            assertThat(PrometheusServer.promtool(page, "check", "metrics")).isEmpty();
        }
    }

    @Test
    void the_rules_raise_what_they_are_to_raise() throws Exception {
        PrometheusServer.promtool(null, "check", "rules", RULES.toString());
        PrometheusServer.promtool(
                null,
                "test",
                "rules",
                SAMPLES.resolve("prometheus-rules.test.yml").toString());
    }

    private static boolean evaluated(JsonNode groups) {
        List<String> health = new ArrayList<>();
        groups.forEach(group ->
                group.get("rules").forEach(rule -> health.add(rule.get("health").asText())));
        assertThat(health).doesNotContain("err");
        return !health.isEmpty() && health.stream().allMatch("ok"::equals);
    }

    private static double number(PrometheusServer prometheus, String series) throws Exception {
        JsonNode found = prometheus.query("sum(" + series + ")");
        return found.isEmpty() ? Double.NaN : found.get(0).get("value").get(1).asDouble();
    }

    private static List<String> dashboard() throws Exception {
        List<String> expressions = new ArrayList<>();
        JsonNode dashboard = JsonMapper.builder()
                .build()
                .readTree(SAMPLES.resolve("grafana-dashboard.json").toFile());
        for (JsonNode panel : dashboard.get("panels")) {
            panel.get("targets")
                    .forEach(target -> expressions.add(target.get("expr")
                            .asText()
                            .replace("$service", ".*")
                            .replace("$__rate_interval", "1m")));
        }
        return expressions;
    }
}
