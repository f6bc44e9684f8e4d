package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that asks one question and shows the answer. */
abstract class View extends Command {

    @Mixin
    final Connection connection = new Connection();

    @Option(names = "--json", description = "Prints the API's answer as it is, for scripts.")
    private boolean json;

    @Option(
            names = "--watch",
            arity = "0..1",
            fallbackValue = "2s",
            paramLabel = "EVERY",
            description = "Asks again and again, every two seconds or as said.")
    private @Nullable String watch;

    /** What to ask for: path and query. */
    abstract String path();

    /** Shows it for people. */
    abstract void show(JsonNode answer, AdminClient admin, Screen screen);

    /**
     * Whether the answer is bad news. Asked before anything is shown.
     *
     * @throws Unreachable when it does not hold what was asked for
     */
    int verdict(JsonNode answer) {
        return FINE;
    }

    @Override
    public Integer call() {
        try (AdminClient admin = connection.open()) {
            String every = watch;
            if (every == null) {
                return once(admin);
            }
            long pause = Spans.parse(every, "--watch").toMillis();
            while (true) {
                screen().again();
                try {
                    once(admin);
                } catch (Unreachable away) {
                    // It may be starting again: who watches wants to see it come back.
                    screen().line(screen().in(Screen.Tone.WARN, away.said() + "; asking again"));
                }
                Thread.sleep(Math.max(Duration.ofMillis(200).toMillis(), pause));
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return FINE;
        }
    }

    private int once(AdminClient admin) {
        JsonNode answer = admin.get(path());
        int verdict = verdict(answer);
        if (json) {
            screen().json(answer);
        } else {
            show(answer, admin, screen());
        }
        return verdict;
    }
}
