package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.SpanCollector;
import dev.resilience.testapps.harness.SpanCollector.Received;
import io.opentelemetry.proto.trace.v1.Span;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every client beside OpenTelemetry's own agent, whichever of the two comes first: it traces the calls, and its client spans
 * say what became of them. The application itself has no OpenTelemetry.
 */
class BesideTracingAgentTest {

    /** Whose client spans are there while our calls are decided. Of others, made within our call, ours lies beside. */
    private static final Set<String> ENRICHED = Set.of(
            "java.net.http",
            "java.net.http-async",
            "HttpURLConnection",
            "okhttp",
            "okhttp-async",
            "apache4",
            "apache5",
            "webclient",
            "asynchttpclient");

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void the_agents_client_spans_are_enriched_and_never_doubled(boolean tracingFirst) throws Exception {
        try (TestServer server = new TestServer();
                SpanCollector collector = new SpanCollector()) {
            String output = TourUnderTheJar.run(
                    directory,
                    server,
                    "-javaagent:" + tracingAgent(),
                    tracingFirst,
                    Map.of(
                            "OTEL_SERVICE_NAME", "tour",
                            "OTEL_EXPORTER_OTLP_ENDPOINT", collector.url(),
                            "OTEL_METRICS_EXPORTER", "none",
                            "OTEL_LOGS_EXPORTER", "none"));
            assertThat(output).contains("failures inside the gate: 0");

            for (String client : Tour.clients().keySet()) {
                List<Received> good = collector.to("/guarded/hello/" + client);
                List<Received> bad = collector.to("/guarded/status/503/" + client);
                List<Received> successes = of(good, "success");
                List<Received> failures = of(bad, "failure");
                if (ENRICHED.contains(client)) {
                    successes = clients(successes);
                    failures = clients(failures);
                    assertThat(clients(good)).as(client + good).hasSize(2);
                    assertThat(clients(bad)).as(client + bad).hasSize(4);
                }
                assertThat(successes).as(client + good).hasSize(1);
                assertThat(failures).as(client + bad).hasSize(3);
                assertThat(of(good, "fallback")).as(client + good).hasSize(1);
                assertThat(of(bad, "rejected")).as(client + bad).hasSize(1);
                assertThat(changes(bad)).as(client + bad).containsExactly("resilience.state_change");
            }
        }
    }

    private static List<Received> of(List<Received> spans, String outcome) {
        return spans.stream()
                .filter(span -> span.attribute("resilience.outcome").equals(outcome))
                .toList();
    }

    private static List<Received> clients(List<Received> spans) {
        return spans.stream().filter(Received::isClient).toList();
    }

    private static List<String> changes(List<Received> spans) {
        return spans.stream()
                .flatMap(span -> span.span().getEventsList().stream())
                .map(Span.Event::getName)
                .filter(name -> name.startsWith("resilience."))
                .toList();
    }

    private static Path tracingAgent() {
        return Path.of("target", "beside", "opentelemetry-javaagent.jar").toAbsolutePath();
    }
}
