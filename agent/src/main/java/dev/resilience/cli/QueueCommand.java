package dev.resilience.cli;

import static dev.resilience.cli.Table.cell;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Calls that wait to be made. */
@CommandLine.Command(
        name = "queue",
        description = "Calls kept to be made later.",
        subcommands = {QueueCommand.ListAll.class, QueueCommand.Retry.class, QueueCommand.Drop.class})
final class QueueCommand extends Group {

    /** Shows them. */
    @CommandLine.Command(name = "list", description = "What waits.")
    static final class ListAll extends View {

        @Option(names = "--service", paramLabel = "SERVICE", description = "Only its calls.")
        private @Nullable String service;

        @Override
        String path() {
            return "/api/resilience/queue" + (service == null ? "" : "?service=" + AdminClient.encoded(service));
        }

        @Override
        void show(JsonNode answer, AdminClient admin, Screen screen) {
            Table table = new Table("ID", "SERVICE", "ENDPOINT", "CALL", "SINCE", "ATTEMPTS", "NEXT", "LAST ERROR");
            for (JsonNode entry : answer.path("entries")) {
                table.row(
                        cell(entry.path("id").asText()),
                        cell(entry.path("service").asText()),
                        cell(entry.path("endpoint").asText()),
                        cell(Words.text(entry.path("call"))),
                        cell(Words.time(entry.path("accepted"))),
                        cell(Words.count(entry.path("attempts"))),
                        cell(Words.time(entry.path("next_attempt"))),
                        cell(Words.text(entry.path("last_error"))));
            }
            if (table.isEmpty()) {
                screen.line("nothing waits");
            } else {
                table.print(screen);
            }
        }
    }

    /** One call, by its number. */
    abstract static class One extends Action {

        private final String action;

        @Parameters(paramLabel = "ID", description = "Which one, as `queue list` has it.")
        @SuppressWarnings("NullAway.Init")
        private String id;

        One(String action) {
            this.action = action;
        }

        @Override
        String path() {
            return "/api/resilience/queue/" + action + "?id=" + AdminClient.encoded(id) + "&" + AdminClient.by();
        }

        @Override
        void show(JsonNode answer, Screen screen) {
            screen.line(id + ": " + action + " done");
        }
    }

    /** Makes it now. */
    @CommandLine.Command(name = "retry", description = "Makes the call now, not later.")
    static final class Retry extends One {
        Retry() {
            super("retry");
        }
    }

    /** Gives it up. */
    @CommandLine.Command(name = "drop", description = "Gives the call up.")
    static final class Drop extends One {
        Drop() {
            super("drop");
        }
    }
}
