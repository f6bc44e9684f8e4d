package dev.resilience.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * The command line. Exit status: 0 all is well, 1 the answer is bad news, 2 wrong use or nobody answers. Answers go to
 * standard output, complaints to standard error.
 */
@CommandLine.Command(
        name = "java -jar resilience.jar",
        versionProvider = VersionCommand.Provider.class,
        description = {
            "Circuit breakers for a whole fleet, by -javaagent:resilience.jar[=CONFIG.yaml].",
            "Asks a JVM of this host (--pid), by default the only one with the agent, or any by --url and --token."
        },
        footer = {"", "Exit status: 0 fine, 1 the answer is bad news, 2 wrong use or nobody answers."},
        subcommands = {
            StatusCommand.class,
            StatesCommand.class,
            HealthCommand.class,
            HistoryCommand.class,
            PredictionCommand.class,
            MetricsCommand.class,
            DependenciesCommand.class,
            FallbacksCommand.class,
            QueueCommand.class,
            ReviewsCommand.class,
            FeaturesCommand.class,
            EventsCommand.class,
            InstancesCommand.class,
            WatchCommand.class,
            ResetCommand.class,
            ModeCommand.class,
            CacheCommand.class,
            ConfigCommand.class,
            AttachCommand.class,
            DoctorCommand.class,
            CompletionCommand.class,
            VersionCommand.class,
            CommandLine.HelpCommand.class
        })
public final class Main extends Command {

    final Screen screen;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Shows the version of this file.")
    private boolean version;

    Main(Screen screen) {
        this.screen = screen;
    }

    /** Carries out one command and gives its exit status. Called by the launcher in the agent's own class loader. */
    public static int run(String[] arguments) {
        return run(arguments, Screen.ofProcess(), System.err);
    }

    static int run(String[] arguments, Screen screen, PrintStream complaints) {
        PrintWriter errors = new PrintWriter(complaints, true, StandardCharsets.UTF_8);
        CommandLine line = new CommandLine(new Main(screen))
                .setOut(screen.writer())
                .setErr(errors)
                .setColorScheme(CommandLine.Help.defaultColorScheme(
                        screen.isColoured() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF))
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler((wrong, given) -> misused(wrong, errors))
                .setExecutionExceptionHandler((failure, command, parsed) -> failed(failure, errors));
        int status = line.execute(arguments);
        screen.writer().flush();
        return status;
    }

    /** Without a command: what there is. Nothing was done, so it is no success. */
    @Override
    public Integer call() {
        new CommandLine(this).usage(screen.writer());
        return NOT_DONE;
    }

    private static int misused(ParameterException wrong, PrintWriter errors) {
        CommandLine command = wrong.getCommandLine();
        errors.println(wrong.getMessage());
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(wrong, errors)) {
            errors.println("Usage: " + command.getHelp().synopsis(0).strip());
        }
        return NOT_DONE;
    }

    private static int failed(@Nullable Exception failure, PrintWriter errors) {
        errors.println(failure instanceof Unreachable told ? told.said() : "that went wrong: " + failure);
        return NOT_DONE;
    }
}
