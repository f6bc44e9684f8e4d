package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Closes circuits. */
@CommandLine.Command(name = "reset", description = "Closes a circuit, or all, for the whole fleet.")
final class ResetCommand extends Action {

    @Parameters(arity = "0..1", paramLabel = "SERVICE", description = "Whose circuit.")
    private @Nullable String service;

    @Option(names = "--all", description = "Every circuit.")
    private boolean all;

    @Override
    String path() {
        if (all == (service != null)) {
            throw new Unreachable("name one service, or say --all");
        }
        return "/api/resilience/reset?" + (service == null ? "" : "service=" + AdminClient.encoded(service) + "&")
                + AdminClient.by();
    }

    @Override
    void show(JsonNode answer, Screen screen) {
        for (Map.Entry<String, JsonNode> entry : answer.path("reset").properties()) {
            String state = entry.getValue().path("state").asText();
            boolean held = entry.getValue().path("breaker_mode").asText().equals("forced_open");
            screen.line(entry.getKey() + " is " + screen.in(Words.toneOfState(state), state)
                    + (held
                            ? ": its mode is forced_open, which a reset does not end (mode " + entry.getKey()
                                    + " enforce does, or auto where the file has another)"
                            : ""));
        }
    }
}
