package dev.resilience.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.resilience.breaker.State;
import dev.resilience.metrics.CallOutcome;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The Grafana dashboard and the Prometheus rules ask for what the agent really shows. */
class MonitoringSamplesTest {

    private static final Path FOLDER = Path.of(System.getProperty("reactor.root", ".."), "config-samples");
    private static final Pattern METRIC = Pattern.compile("\\bresilience_[a-z_]+");
    private static final Pattern LABEL = Pattern.compile("\\{([a-z]+)=|, *([a-z]+)=|by \\(([a-z, ]+)\\)");

    /** Shown only while there is something to show: a probe's answer, a call in the queue. */
    private static final Set<String> SOMETIMES =
            Set.of("resilience_probe_up", "resilience_probe_duration_seconds", "resilience_slo_ratio");

    @Test
    void every_metric_they_name_is_on_the_page() throws Exception {
        Set<String> page = names(page());
        for (String expression : expressions()) {
            for (String name : names(expression)) {
                String plain = name.replaceAll("_bucket$", "");
                assertThat(page.contains(name) || page.contains(plain) || SOMETIMES.contains(name))
                        .as("%s in %s", name, expression)
                        .isTrue();
            }
            Matcher label = LABEL.matcher(expression);
            while (label.find()) {
                String found = label.group(1) != null
                        ? label.group(1)
                        : label.group(2) != null ? label.group(2) : label.group(3);
                for (String each : found.split(", *")) {
                    assertThat(each)
                            .isIn("service", "endpoint", "outcome", "state", "from", "to", "strategy", "slo", "le");
                }
            }
        }
    }

    private static List<String> expressions() throws Exception {
        List<String> expressions = new ArrayList<>();
        JsonNode dashboard = JsonMapper.builder()
                .build()
                .readTree(FOLDER.resolve("grafana-dashboard.json").toFile());
        for (JsonNode panel : dashboard.get("panels")) {
            panel.get("targets")
                    .forEach(target -> expressions.add(target.get("expr").asText()));
        }
        Map<String, List<Map<String, Object>>> rules =
                new Yaml().load(Files.readString(FOLDER.resolve("prometheus-rules.yml")));
        for (Map<String, Object> group : rules.get("groups")) {
            for (Object rule : (List<?>) group.get("rules")) {
                expressions.add((String) ((Map<?, ?>) rule).get("expr"));
            }
        }
        assertThat(expressions).hasSizeGreaterThan(20);
        return expressions;
    }

    private static Set<String> names(String text) {
        Set<String> names = new TreeSet<>();
        Matcher matcher = METRIC.matcher(text);
        while (matcher.find()) {
            names.add(matcher.group());
        }
        return names;
    }

    private static String page() throws Exception {
        try (AdminFixture agent = new AdminFixture()) {
            agent.metrics.endpoint("calcom", "calcom_call").record(CallOutcome.SUCCESS, 10_000_000);
            agent.metrics.endpoint("calcom", "calcom_call").fallback("stale_cache", CallOutcome.FAILURE, 1, 1);
            agent.circuits.set("calcom", State.OPEN);
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(agent.serve() + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }
}
