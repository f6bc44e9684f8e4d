package dev.resilience.cli;

import static dev.resilience.cli.Table.cell;

import com.fasterxml.jackson.databind.JsonNode;
import dev.resilience.cli.Screen.Tone;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** Who is in the fleet. */
@CommandLine.Command(
        name = "instances",
        description =
                "The instances of the fleet, and whether they have names of their own and run by one configuration (exit 1 when not).")
final class InstancesCommand extends View {

    @Override
    String path() {
        return "/api/resilience/instances";
    }

    @Override
    void show(JsonNode answer, AdminClient admin, Screen screen) {
        Table table = new Table("INSTANCE", "APPLICATION", "HOST", "VERSION", "MODE", "CONFIG", "SINCE", "LAST SEEN");
        List<String> namesakes = new ArrayList<>();
        for (JsonNode instance : answer.path("instances")) {
            boolean lost = instance.path("lost").asBoolean();
            boolean broken = !instance.path("config_error").isNull();
            String seen = Words.span(instance.path("last_seen_ms")) + " ago";
            String name = instance.path("instance").asText();
            if (instance.path("namesake").isTextual()) {
                namesakes.add(Words.namesake(instance));
            }
            table.row(
                    cell(name, instance.path("namesake").isTextual() ? Tone.BAD : Tone.PLAIN),
                    cell(Words.text(instance.path("application"))),
                    cell(Words.text(instance.path("host"))),
                    cell(Words.text(instance.path("version"))),
                    cell(Words.text(instance.path("mode"))),
                    broken
                            ? cell(Words.text(instance.path("config")) + ", file broken", Tone.BAD)
                            : cell(Words.text(instance.path("config"))),
                    cell(Words.time(instance.path("since"))),
                    lost ? cell("lost, " + seen, Tone.BAD) : cell(seen));
        }
        table.print(screen);
        if (!answer.path("drift").isNull()) {
            screen.line(answer.path("drift").asText());
        }
        namesakes.forEach(screen::line);
    }

    @Override
    int verdict(JsonNode answer) {
        for (JsonNode instance : answer.path("instances")) {
            if (instance.path("namesake").isTextual()) {
                return BAD_NEWS;
            }
        }
        return answer.path("drift").isNull() ? FINE : BAD_NEWS;
    }
}
