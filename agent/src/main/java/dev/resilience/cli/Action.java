package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that changes something and says what it did. */
abstract class Action extends Command {

    @Mixin
    final Connection connection = new Connection();

    @Option(names = "--json", description = "Prints the API's answer as it is, for scripts.")
    private boolean json;

    /** What to post to: path and query. */
    abstract String path();

    /** Says for people what was done. */
    abstract void show(JsonNode answer, Screen screen);

    @Override
    public Integer call() {
        String path = path();
        try (AdminClient admin = connection.open()) {
            JsonNode answer = admin.post(path);
            if (json) {
                screen().json(answer);
            } else {
                show(answer, screen());
            }
            return FINE;
        }
    }
}
