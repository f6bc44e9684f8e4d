package dev.resilience.cli;

import static dev.resilience.cli.Table.cell;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import picocli.CommandLine;

/** What works now. */
@CommandLine.Command(name = "features", description = "What is available now, and what users are told.")
final class FeaturesCommand extends View {

    @Override
    String path() {
        return "/api/resilience/features";
    }

    @Override
    void show(JsonNode answer, AdminClient admin, Screen screen) {
        Table table = new Table("SERVICE", "ENDPOINT", "FEATURE", "AVAILABLE", "ANSWERED BY", "MODE", "MESSAGE");
        for (Map.Entry<String, JsonNode> entry : answer.properties()) {
            JsonNode service = entry.getValue();
            row(table, entry.getKey(), "", service);
            for (Map.Entry<String, JsonNode> endpoint :
                    service.path("endpoints").properties()) {
                row(table, "", endpoint.getKey(), endpoint.getValue());
            }
        }
        table.print(screen);
    }

    private static void row(Table table, String service, String endpoint, JsonNode node) {
        String available = node.path("available").asBoolean() ? "yes" : "no";
        table.row(
                cell(service),
                cell(endpoint),
                cell(Words.text(node.path("feature"))),
                cell(available, Words.toneOfHealth(available)),
                cell(Words.text(node.path("answered_by"))),
                cell(Words.mode(node)),
                cell(Words.text(node.path("degradation_message"))));
    }
}
