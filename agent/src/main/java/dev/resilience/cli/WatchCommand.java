package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.resilience.cli.Screen.Tone;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Events as they happen, a line each, until interrupted. */
@CommandLine.Command(name = "watch", description = "Prints what happens as it happens, until interrupted.")
final class WatchCommand extends Command {

    private static final long PAUSE_MILLIS = 500;

    @Mixin
    private final Connection connection = new Connection();

    @Option(names = "--service", paramLabel = "SERVICE", description = "Only what concerns it.")
    private @Nullable String service;

    @Option(names = "--json", description = "One JSON object a line.")
    private boolean json;

    @Override
    public Integer call() {
        try (AdminClient admin = connection.open()) {
            String filter = service == null ? "" : "&service=" + AdminClient.encoded(service);
            long last = newest(admin.get("/api/resilience/events?limit=1" + filter));
            JsonNode status = admin.get("/api/health/status");
            if (!json) {
                screen().line(screen().in(
                                Tone.QUIET,
                                "watching " + admin.target() + ", now "
                                        + status.path("status").asText() + "; Ctrl-C ends it"));
            }
            while (true) {
                JsonNode answer = admin.get("/api/resilience/events?limit=1000&after=" + last + filter);
                Deque<JsonNode> oldestFirst = new ArrayDeque<>();
                answer.path("events").forEach(oldestFirst::addFirst);
                oldestFirst.forEach(this::print);
                last = Math.max(last, newest(answer));
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return FINE;
        }
    }

    private void print(JsonNode event) {
        if (json) {
            screen().line(event.toString());
            return;
        }
        String to = event.path("to").asText();
        String change = to.isEmpty()
                ? event.path("kind").asText()
                : event.path("from").asText() + " → " + screen().in(Words.toneOfState(to), to);
        screen().line(Words.time(event.path("timestamp")) + "  "
                + Words.text(event.path("service")) + "  " + change + "  "
                + event.path("detail").asText().replaceAll("\\p{Cntrl}", " "));
    }

    private static long newest(JsonNode answer) {
        return answer.path("events").path(0).path("id").asLong(0);
    }
}
