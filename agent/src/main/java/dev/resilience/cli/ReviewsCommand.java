package dev.resilience.cli;

import static dev.resilience.cli.Table.cell;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Calls that a person has to look at. */
@CommandLine.Command(
        name = "reviews",
        description = "Calls flagged for a person.",
        subcommands = {
            ReviewsCommand.ListAll.class,
            ReviewsCommand.Resolve.class,
            ReviewsCommand.Requeue.class,
            ReviewsCommand.Drop.class
        })
final class ReviewsCommand extends Group {

    /** Shows them. */
    @CommandLine.Command(name = "list", description = "What is flagged.")
    static final class ListAll extends View {

        @Option(names = "--service", paramLabel = "SERVICE", description = "Only its calls.")
        private @Nullable String service;

        @Override
        String path() {
            return "/api/resilience/reviews" + (service == null ? "" : "?service=" + AdminClient.encoded(service));
        }

        @Override
        void show(JsonNode answer, AdminClient admin, Screen screen) {
            Table table = new Table("ID", "SERVICE", "ENDPOINT", "CRITICAL", "CALL", "FLAGGED", "STATUS", "REASON");
            for (JsonNode entry : answer.path("entries")) {
                table.row(
                        cell(entry.path("id").asText()),
                        cell(entry.path("service").asText()),
                        cell(entry.path("endpoint").asText()),
                        cell(entry.path("critical").asBoolean() ? "yes" : ""),
                        cell(Words.text(entry.path("call"))),
                        cell(Words.time(entry.path("flagged"))),
                        cell(Words.text(entry.path("status"))),
                        cell(Words.text(entry.path("reason"))));
            }
            if (table.isEmpty()) {
                screen.line("nothing is flagged");
            } else {
                table.print(screen);
            }
        }
    }

    /** One call, by its number. */
    abstract static class One extends Action {

        private final String action;

        @Parameters(paramLabel = "ID", description = "Which one, as `reviews list` has it.")
        @SuppressWarnings("NullAway.Init")
        private String id;

        @Option(names = "--note", paramLabel = "TEXT", description = "For the record.")
        private @Nullable String note;

        One(String action) {
            this.action = action;
        }

        @Override
        String path() {
            String why = note;
            return "/api/resilience/reviews/" + action + "?id=" + AdminClient.encoded(id) + "&" + AdminClient.by()
                    + (why == null ? "" : "&note=" + AdminClient.encoded(why));
        }

        @Override
        void show(JsonNode answer, Screen screen) {
            screen.line(id + ": " + action + " done");
        }
    }

    /** A person took care. */
    @CommandLine.Command(name = "resolve", description = "A person took care of it.")
    static final class Resolve extends One {
        Resolve() {
            super("resolve");
        }
    }

    /** To be made after all. */
    @CommandLine.Command(name = "requeue", description = "To be made after all: back to the queue.")
    static final class Requeue extends One {
        Requeue() {
            super("requeue");
        }
    }

    /** Given up. */
    @CommandLine.Command(name = "drop", description = "Given up.")
    static final class Drop extends One {
        Drop() {
            super("drop");
        }
    }
}
