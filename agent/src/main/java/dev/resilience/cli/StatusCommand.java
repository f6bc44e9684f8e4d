package dev.resilience.cli;

import static dev.resilience.cli.Table.cell;

import com.fasterxml.jackson.databind.JsonNode;
import dev.resilience.cli.Screen.Tone;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;

/** What is broken, since when, whom it hits, what users see, when it is tried again, what one can do: on one screen. */
@CommandLine.Command(name = "status", description = "How everything is, in one look.")
final class StatusCommand extends View {

    @Override
    String path() {
        return "/api/health/status";
    }

    @Override
    void show(JsonNode status, AdminClient admin, Screen screen) {
        String health = status.path("status").asText();
        screen.line(screen.in(Words.toneOfHealth(health), health.toUpperCase(Locale.ROOT))
                + "  "
                + screen.in(Tone.HEAD, status.path("application").asText())
                + screen.in(
                        Tone.QUIET,
                        "  " + status.path("instance").asText() + ", state "
                                + status.path("mode").asText() + ", resilience.jar "
                                + status.path("version").asText()));
        if (status.path("mode").asText().equals("degraded")) {
            screen.line(screen.in(Tone.WARN, "Redis does not answer: this instance decides on its own counts."));
        }
        if (status.path("gate_failures").asLong() > 0) {
            screen.line(screen.in(
                    Tone.WARN,
                    status.path("gate_failures").asLong()
                            + " calls passed unguarded because the agent failed; its log says why."));
        }
        if (status.path("config_error").isTextual()) {
            screen.line(screen.in(
                    Tone.WARN,
                    "The configuration file as it is now is not in force, the one before is: "
                            + status.path("config_error").asText()));
        }
        JsonNode drift = admin.get("/api/resilience/instances").path("drift");
        if (drift.isTextual()) {
            screen.line(screen.in(Tone.WARN, drift.asText()));
        }
        screen.line("");
        table(status).print(screen);
        JsonNode states = admin.get("/api/resilience/states");
        long asked = Words.millis(status.path("timestamp"));
        for (Map.Entry<String, JsonNode> service : status.path("services").properties()) {
            if (!service.getValue().path("state").asText().equals("CLOSED")) {
                screen.line("");
                explain(service.getKey(), service.getValue(), states.path(service.getKey()), asked, admin, screen);
            }
        }
        for (Map.Entry<String, JsonNode> circuit : states.properties()) {
            if (circuit.getValue().path("mode_source").asText().equals("runtime")) {
                screen.line("");
                screen.line(screen.in(Tone.WARN, ordered(circuit.getKey(), circuit.getValue())));
            }
        }
    }

    private static Table table(JsonNode status) {
        Table table = new Table("SERVICE", "STATE", "SINCE", "HEALTHY", "NEXT TRIAL", "PROBE", "WHY NOT");
        for (Map.Entry<String, JsonNode> entry : status.path("services").properties()) {
            JsonNode service = entry.getValue();
            String state = service.path("state").asText();
            String healthy = service.path("healthy").asBoolean() ? "yes" : "no";
            String probe = Words.text(service.path("probe").path("status"));
            table.row(
                    cell(entry.getKey()),
                    cell(state, Words.toneOfState(state)),
                    cell(Words.span(service.path("since_ms"))),
                    cell(healthy, Words.toneOfHealth(healthy)),
                    cell(state.equals("OPEN") ? whenTried(service) : Words.NONE),
                    cell(probe, Words.toneOfHealth(probe)),
                    cell(Words.list(service.path("reasons"))));
        }
        return table;
    }

    /** A circuit that is held OPEN is not tried: it ends with its mode, where that has an end. */
    private static String whenTried(JsonNode service) {
        if (!service.path("mode").asText().equals("forced_open")) {
            return "in " + Words.span(service.path("retry_after_ms"));
        }
        return service.path("mode_until").isTextual() ? "none until " + Words.time(service.path("mode_until")) : "none";
    }

    /** A mode that a person set outranks the file: who, why, until when. */
    private static String ordered(String name, JsonNode circuit) {
        return name + " is in mode " + Words.text(circuit.path("breaker_mode")) + ", set by "
                + Words.text(circuit.path("mode_by"))
                + (circuit.path("mode_until").isTextual() ? " until " + Words.time(circuit.path("mode_until")) : "")
                + (circuit.path("mode_reason").asText("").isEmpty()
                        ? ""
                        : ": " + circuit.path("mode_reason").asText())
                + " (mode " + name + " auto gives it back to the file)";
    }

    /** @param asked when the answer was given, Unix milliseconds on the clock of the JVM that gave it, as all its times are */
    private static void explain(
            String name, JsonNode service, JsonNode figures, long asked, AdminClient admin, Screen screen) {
        String state = service.path("state").asText();
        screen.line(screen.in(Words.toneOfState(state), name + " is " + state)
                + " since "
                + Words.clock(asked - service.path("since_ms").asLong()) + ", for "
                + Words.span(service.path("since_ms")) + ": "
                + Words.counted(figures.path("failures"), "failed call") + ", last failure "
                + lastFailure(figures));
        JsonNode impact = of(name, admin.get("/api/resilience/dependencies").path("services"))
                .path("impact");
        screen.line("  hits         " + (impact.isEmpty() ? "no other service" : Words.list(impact)));
        if (figures.path("breaker_mode").asText().equals("monitor")) {
            screen.line("  callers get  what the dependency answers: mode monitor lets every call through");
            screen.line("  next trial   none is needed while the mode is monitor");
            screen.line("  you can      mode " + name + " enforce --for 10m --reason WHY | events --service " + name);
            return;
        }
        JsonNode feature = of(name, admin.get("/api/resilience/features"));
        List<String> answers = new ArrayList<>();
        for (Map.Entry<String, JsonNode> endpoint : feature.path("endpoints").properties()) {
            JsonNode chain = endpoint.getValue().path("fallback");
            answers.add(endpoint.getKey() + ": "
                    + (chain.isEmpty() ? "the documented exception" : chained(Json.texts(chain))));
        }
        screen.line("  callers get  " + (answers.isEmpty() ? "(no endpoints)" : String.join("; ", answers)));
        screen.line("  next trial   " + nextTrial(state, service, figures));
        screen.line("  you can      " + remedy(name, figures) + " | mode " + name
                + " forced_closed --for 10m --reason WHY | events " + "--service " + name);
    }

    /** What lets calls through again; a reset does not where a mode holds the circuit OPEN. */
    private static String remedy(String name, JsonNode figures) {
        if (!figures.path("breaker_mode").asText().equals("forced_open")) {
            return "reset " + name;
        }
        boolean byPerson = figures.path("mode_source").asText().equals("runtime");
        return byPerson && !figures.path("file_mode").asText().equals("forced_open")
                ? "mode " + name + " auto"
                : "mode " + name + " enforce --for 10m --reason WHY";
    }

    private static String chained(List<String> strategies) {
        List<String> words = new ArrayList<>();
        for (String strategy : strategies) {
            words.add(Words.strategy(strategy));
        }
        return String.join(", else ", words);
    }

    /** What is told of a circuit; of that of a single host or region, what is told of its service. */
    private static JsonNode of(String circuit, JsonNode services) {
        JsonNode own = services.path(circuit);
        return own.isMissingNode() ? services.path(circuit.replaceFirst("@.*", "")) : own;
    }

    private static String nextTrial(String state, JsonNode service, JsonNode figures) {
        if (figures.path("breaker_mode").asText().equals("forced_open")) {
            return whenTried(figures).equals("none") ? "none while the mode is forced_open" : whenTried(figures);
        }
        return state.equals("OPEN")
                ? "in " + Words.span(service.path("retry_after_ms"))
                : "now, " + Words.counted(figures.path("half_open_quota"), "permit") + " left";
    }

    private static String lastFailure(JsonNode figures) {
        long seconds = figures.path("last_failure").asLong();
        return seconds == 0 ? "unknown" : Words.clock(seconds * 1000);
    }
}
