package dev.resilience.cli;

import static dev.resilience.cli.Table.cell;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import picocli.CommandLine;

/** The circuits' figures. */
@CommandLine.Command(name = "states", description = "Each circuit's state and counts.")
final class StatesCommand extends View {

    @Override
    String path() {
        return "/api/resilience/states";
    }

    @Override
    void show(JsonNode states, AdminClient admin, Screen screen) {
        Table table = new Table(
                "SERVICE", "STATE", "SINCE", "MODE", "FAILURES", "SUCCESSES", "FAILURE RATE", "TRIALS LEFT", "EPOCH");
        for (Map.Entry<String, JsonNode> entry : states.properties()) {
            JsonNode circuit = entry.getValue();
            String state = circuit.path("state").asText();
            table.row(
                    cell(entry.getKey()),
                    cell(state, Words.toneOfState(state)),
                    cell(Words.span(circuit.path("since_ms"))),
                    cell(Words.mode(circuit)),
                    cell(Words.count(circuit.path("failures"))),
                    cell(Words.count(circuit.path("successes"))),
                    cell(Math.round(circuit.path("failure_rate").asDouble() * 100) + " %"),
                    cell(Words.count(circuit.path("half_open_quota"))),
                    cell(Words.count(circuit.path("epoch"))));
        }
        table.print(screen);
    }
}
