package dev.resilience.cli;

import static dev.resilience.cli.Table.cell;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the probe of a service found. */
@CommandLine.Command(name = "history", description = "What the probe of a service found, oldest first.")
final class HistoryCommand extends View {

    @Parameters(paramLabel = "SERVICE", description = "The service.")
    @SuppressWarnings("NullAway.Init")
    private String service;

    @Option(names = "--minutes", defaultValue = "60", paramLabel = "N", description = "How far back; default: 60.")
    private int minutes;

    @Override
    String path() {
        return "/api/health/history?service=" + AdminClient.encoded(service) + "&minutes=" + minutes;
    }

    @Override
    void show(JsonNode history, AdminClient admin, Screen screen) {
        Table table = new Table("TIME", "STATUS", "RESPONSE TIME");
        int up = 0;
        for (JsonNode entry : history) {
            String status = entry.path("status").asText();
            up += status.equals("up") ? 1 : 0;
            table.row(
                    cell(Words.time(entry.path("timestamp"))),
                    cell(status, Words.toneOfHealth(status)),
                    cell(Words.latency(entry.path("response_time_ms"))));
        }
        if (table.isEmpty()) {
            screen.line(
                    "no probe of " + service + " in the last " + minutes + " minutes, as far as this instance knows");
            return;
        }
        table.print(screen);
        screen.line(history.size() + " probes, " + Math.floorDiv(1000L * up, history.size()) / 10.0 + " % up");
    }
}
