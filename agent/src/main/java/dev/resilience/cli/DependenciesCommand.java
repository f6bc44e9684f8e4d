package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/** Who stands on whom, as trees. */
@CommandLine.Command(name = "dependencies", description = "Who depends on whom, and who is hit.")
final class DependenciesCommand extends View {

    /** A graph without circles ends before this; a hostile answer does not. */
    private static final int DEEPEST = 50;

    @Override
    String path() {
        return "/api/resilience/dependencies";
    }

    @Override
    void show(JsonNode answer, AdminClient admin, Screen screen) {
        JsonNode services = answer.path("services");
        for (Map.Entry<String, JsonNode> entry : services.properties()) {
            if (entry.getValue().path("dependents").isEmpty()) {
                tree(entry.getKey(), services, "", "", screen, 0);
            }
        }
        for (JsonNode hit : answer.path("hits")) {
            String hits = Words.list(hit.path("hit"));
            screen.line("");
            screen.line(hit.path("origin").asText() + " is OPEN and hits "
                    + (hits.equals(Words.NONE) ? "no other service" : hits));
        }
    }

    private static void tree(String name, JsonNode services, String first, String rest, Screen screen, int depth) {
        JsonNode service = services.path(name);
        String state = service.path("state").asText();
        String unhealthy = service.path("healthy").asBoolean(true) ? "" : "  " + Words.list(service.path("reasons"));
        screen.line(first + name + "  " + screen.in(Words.toneOfState(state), state) + unhealthy);
        List<String> below = Json.texts(service.path("depends_on"));
        for (int i = 0; i < below.size() && depth < DEEPEST; i++) {
            boolean last = i == below.size() - 1;
            tree(
                    below.get(i),
                    services,
                    rest + (last ? "└─ " : "├─ "),
                    rest + (last ? "   " : "│  "),
                    screen,
                    depth + 1);
        }
    }
}
