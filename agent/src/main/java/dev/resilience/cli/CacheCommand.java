package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
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

        @Override
        String path() {
            if (endpoint != null && service == null) {
                throw new Unreachable("--endpoint needs --service");
            }
            return "/api/resilience/cache/clear"
                    + (service == null ? "" : "?service=" + AdminClient.encoded(service))
                    + (endpoint == null ? "" : "&endpoint=" + AdminClient.encoded(endpoint));
        }

        @Override
        void show(JsonNode answer, Screen screen) {
            screen.line("forgotten: "
                    + (service == null
                            ? "all answers"
                            : "answers of " + service + (endpoint == null ? "" : " / " + endpoint)));
        }
    }
}
