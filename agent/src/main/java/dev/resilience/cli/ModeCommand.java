package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sets how a breaker is used, at run time. */
@CommandLine.Command(
        name = "mode",
        description =
                "Sets a service's mode for the whole fleet: enforce, monitor, disabled, forced_open, forced_closed;"
                        + " auto gives it back to the file.")
final class ModeCommand extends Action {

    @Parameters(index = "0", paramLabel = "SERVICE", description = "Whose circuit.")
    @SuppressWarnings("NullAway.Init")
    private String service;

    @Parameters(
            index = "1",
            paramLabel = "MODE",
            completionCandidates = CompletionCommand.Modes.class,
            description = "The mode, or auto.")
    @SuppressWarnings("NullAway.Init")
    private String mode;

    @Option(names = "--for", paramLabel = "TIME", description = "Until when, such as 2h; default: until changed.")
    private @Nullable String span;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; shown on every surface.")
    private @Nullable String reason;

    @Override
    String path() {
        StringBuilder path = new StringBuilder("/api/resilience/mode?service=")
                .append(AdminClient.encoded(service))
                .append("&mode=")
                .append(AdminClient.encoded(mode));
        String length = span;
        if (length != null) {
            Spans.parse(length, "--for");
            path.append("&for=").append(AdminClient.encoded(length));
        }
        String why = reason;
        if (why != null) {
            path.append("&reason=").append(AdminClient.encoded(why));
        }
        return path.append('&').append(AdminClient.by()).toString();
    }

    @Override
    void show(JsonNode answer, Screen screen) {
        screen.line(service + " is in mode " + Words.text(answer.path("mode"))
                + (answer.path("mode_until").isTextual() ? " until " + Words.time(answer.path("mode_until")) : ""));
    }
}
