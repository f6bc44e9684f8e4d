package dev.resilience.cli;

import static dev.resilience.cli.Table.cell;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

/** For monitors: the exit status is 1 unless all is well. */
@CommandLine.Command(
        name = "health",
        description = "Whether the system, or one service, is healthy; exit status 1 when not.")
final class HealthCommand extends View {

    @Parameters(arity = "0..1", paramLabel = "SERVICE", description = "One service; default: the whole system.")
    private @Nullable String service;

    @Override
    String path() {
        return "/api/health/status";
    }

    @Override
    void show(JsonNode status, AdminClient admin, Screen screen) {
        String health = status.path("status").asText();
        if (service == null) {
            screen.line(screen.in(Words.toneOfHealth(health), health));
        }
        Table table = new Table("SERVICE", "HEALTHY", "STATE", "REASONS");
        for (Map.Entry<String, JsonNode> entry : status.path("services").properties()) {
            if (service == null || service.equals(entry.getKey())) {
                String healthy = entry.getValue().path("healthy").asBoolean() ? "yes" : "no";
                String state = entry.getValue().path("state").asText();
                table.row(
                        cell(entry.getKey()),
                        cell(healthy, Words.toneOfHealth(healthy)),
                        cell(state, Words.toneOfState(state)),
                        cell(Words.list(entry.getValue().path("reasons"))));
            }
        }
        if (!table.isEmpty()) {
            table.print(screen);
        }
    }

    @Override
    int verdict(JsonNode status) {
        if (service == null) {
            return status.path("status").asText().equals("healthy") ? FINE : BAD_NEWS;
        }
        JsonNode one = status.path("services").path(service);
        if (one.isMissingNode()) {
            throw new Unreachable("there is no service '" + service + "'");
        }
        return one.path("healthy").asBoolean() ? FINE : BAD_NEWS;
    }
}
