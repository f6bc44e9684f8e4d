package dev.resilience.cli;

import static dev.resilience.cli.Table.cell;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What happened. */
@CommandLine.Command(name = "events", description = "What happened lately, newest first.")
final class EventsCommand extends View {

    @Option(names = "--service", paramLabel = "SERVICE", description = "Only what concerns it.")
    private @Nullable String service;

    @Option(names = "--limit", defaultValue = "50", paramLabel = "N", description = "How many; default: 50.")
    private int limit;

    @Override
    String path() {
        return "/api/resilience/events?limit=" + limit
                + (service == null ? "" : "&service=" + AdminClient.encoded(service));
    }

    @Override
    void show(JsonNode answer, AdminClient admin, Screen screen) {
        Table table = new Table("TIME", "KIND", "SERVICE", "CHANGE", "DETAIL");
        for (JsonNode event : answer.path("events")) {
            String to = event.path("to").asText();
            table.row(
                    cell(Words.time(event.path("timestamp"))),
                    cell(event.path("kind").asText()),
                    cell(Words.text(event.path("service"))),
                    cell(to.isEmpty() ? Words.NONE : event.path("from").asText() + " → " + to, Words.toneOfState(to)),
                    cell(event.path("detail").asText()));
        }
        if (table.isEmpty()) {
            screen.line("nothing happened since this instance started");
        } else {
            table.print(screen);
        }
    }
}
