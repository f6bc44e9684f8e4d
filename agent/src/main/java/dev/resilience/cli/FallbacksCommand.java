package dev.resilience.cli;

import static dev.resilience.cli.Table.cell;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/** What fallbacks did. */
@CommandLine.Command(name = "fallbacks", description = "How often each fallback answered, and what waits.")
final class FallbacksCommand extends View {

    @Override
    String path() {
        return "/api/resilience/fallback-metrics";
    }

    @Override
    void show(JsonNode answer, AdminClient admin, Screen screen) {
        Table table = new Table("SERVICE", "SERVED", "MISSED", "UNANSWERED", "QUEUE", "REVIEWS");
        for (Map.Entry<String, JsonNode> entry : answer.path("services").properties()) {
            JsonNode service = entry.getValue();
            long unanswered = service.path("unanswered_failures").asLong()
                    + service.path("unanswered_rejections").asLong();
            table.row(
                    cell(entry.getKey()),
                    cell(counts(service.path("served"))),
                    cell(counts(service.path("missed"))),
                    cell(Long.toString(unanswered)),
                    cell(Words.count(service.path("queue_entries"))),
                    cell(Words.count(service.path("review_entries"))));
        }
        table.print(screen);
    }

    private static String counts(JsonNode counts) {
        List<String> parts = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : counts.properties()) {
            parts.add(entry.getKey() + " " + entry.getValue().asLong());
        }
        return parts.isEmpty() ? Words.NONE : String.join(", ", parts);
    }
}
