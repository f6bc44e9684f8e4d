package dev.resilience.cli;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * A script for bash and zsh. Shells complete by the first word, and {@code java} is not ours to complete: so the script makes a
 * word of its own, {@value #WORD}.
 */
@CommandLine.Command(
        name = "completion",
        description = {
            "Prints a script for bash and zsh that makes the command `resilience`, with completion by the tab key:",
            "source <(java -jar resilience.jar completion)"
        })
final class CompletionCommand extends Command {

    private static final String WORD = "resilience";

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public Integer call() {
        String jar = Path.of(System.getProperty("java.class.path", ""))
                .toAbsolutePath()
                .toString();
        screen().line(WORD + "() { java -jar '" + jar.replace("'", "'\\''") + "' \"$@\"; }");
        screen().line(AutoComplete.bash(WORD, spec.root().commandLine()));
        return FINE;
    }

    /** What may stand where a mode is wanted. */
    static final class Modes implements Iterable<String> {

        @Override
        public Iterator<String> iterator() {
            return List.of("enforce", "monitor", "disabled", "forced_open", "forced_closed", "auto")
                    .iterator();
        }
    }
}
