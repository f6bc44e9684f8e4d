package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The stale cache. */
@CommandLine.Command(
        name = "cache",
        description = "The answers kept for stale_cache.",
        subcommands = CacheCommand.Clear.class)
final class CacheCommand extends Group {

    /** Forgets answers. */
    @CommandLine.Command(name = "clear", description = "Forgets kept answers, for the whole fleet.")
    static final class Clear extends Action {

        @Option(names = "--service", paramLabel = "SERVICE", description = "Only its answers.")
        private @Nullable String service;

        @Option(names = "--endpoint", paramLabel = "ENDPOINT", description = "With --service: only this one's.")
        private @Nullable String endpoint;

        @Option(
                names = "--key",
                paramLabel = "URL|SQL",
                description = "Only those to this address or statement, as the application asks for it.")
        private @Nullable String key;

        @Override
        String path() {
            if (endpoint != null && service == null) {
                throw new Unreachable("--endpoint needs --service");
            }
            List<String> wanted = new ArrayList<>();
            add(wanted, "service", service);
            add(wanted, "endpoint", endpoint);
            add(wanted, "key", key);
            wanted.add(AdminClient.by());
            return "/api/resilience/cache/clear?" + String.join("&", wanted);
        }

        private static void add(List<String> wanted, String name, @Nullable String value) {
            if (value != null) {
                wanted.add(name + "=" + AdminClient.encoded(value));
            }
        }

        @Override
        void show(JsonNode answer, Screen screen) {
            screen.line("forgotten: "
                    + (key == null ? "" : answer.path("cleared").asLong() + " of one key, among ")
                    + (service == null
                            ? "all answers"
                            : "answers of " + service + (endpoint == null ? "" : " / " + endpoint)));
        }
    }
}
