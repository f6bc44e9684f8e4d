package dev.resilience.cli;

import static dev.resilience.cli.Table.cell;

import com.fasterxml.jackson.databind.JsonNode;
import dev.resilience.cli.Screen.Tone;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Calls, rates, latencies and objectives. */
@CommandLine.Command(name = "metrics", description = "Calls, rates, latencies, SLOs and alerts.")
final class MetricsCommand extends View {

    @Parameters(arity = "0..1", paramLabel = "SERVICE", description = "One service; default: all.")
    private @Nullable String service;

    @Option(names = "--endpoints", description = "With a line for each endpoint.")
    private boolean endpoints;

    @Override
    String path() {
        return "/api/metrics/resilience" + (service == null ? "" : "?service=" + AdminClient.encoded(service));
    }

    @Override
    void show(JsonNode answer, AdminClient admin, Screen screen) {
        Table table =
                new Table("SERVICE", "CALLS", "FAILED", "REJECTED", "FALLBACK", "SUCCESS", "P50", "P95", "P99", "SLOS");
        for (Map.Entry<String, JsonNode> entry : answer.path("services").properties()) {
            JsonNode figures = entry.getValue();
            row(table, entry.getKey(), figures);
            if (endpoints) {
                for (Map.Entry<String, JsonNode> endpoint :
                        figures.path("endpoints").properties()) {
                    row(table, "  " + endpoint.getKey(), endpoint.getValue());
                }
            }
        }
        table.print(screen);
        for (JsonNode alert : answer.path("alerts")) {
            String severity = alert.path("severity").asText();
            screen.line(screen.in(
                    severity.equals("critical") ? Tone.BAD : Tone.WARN,
                    severity + "  " + alert.path("summary").asText() + ", since " + Words.time(alert.path("since"))));
        }
    }

    private static void row(Table table, String name, JsonNode figures) {
        JsonNode met = figures.path("slos_met");
        String slos = met.isBoolean() ? (met.asBoolean() ? "met" : "missed") : Words.NONE;
        table.row(
                cell(name),
                cell(Words.count(figures.path("requests"))),
                cell(Words.count(figures.path("failures"))),
                cell(Words.count(figures.path("rejections"))),
                cell(Words.count(figures.path("fallbacks"))),
                cell(Words.percent(figures.path("success_rate"))),
                cell(Words.latency(figures.path("p50_latency_ms"))),
                cell(Words.latency(figures.path("p95_latency_ms"))),
                cell(Words.latency(figures.path("p99_latency_ms"))),
                cell(slos, slos.equals("met") ? Tone.GOOD : slos.equals("missed") ? Tone.BAD : Tone.PLAIN));
    }
}
