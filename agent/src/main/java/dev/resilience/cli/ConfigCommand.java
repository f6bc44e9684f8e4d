package dev.resilience.cli;

import dev.resilience.cli.RuleMatch.Verdict;
import dev.resilience.cli.Screen.Tone;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigProblem;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.EndpointConfig.Fallback;
import dev.resilience.config.Environment;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

/** Looks at a configuration without an application. */
@CommandLine.Command(
        name = "config",
        description = "Looks at a configuration file.",
        subcommands = {ConfigCommand.Validate.class, ConfigCommand.Explain.class, ConfigCommand.Init.class})
final class ConfigCommand extends Group {

    /** Whether it can be used. */
    @CommandLine.Command(
            name = "validate",
            description = "Whether the agent would take the file; every problem with its line.")
    static final class Validate extends Command {

        @Parameters(paramLabel = "FILE", description = "The configuration.")
        @SuppressWarnings("NullAway.Init")
        private String file;

        @Override
        public Integer call() {
            AgentConfig config = read(file, screen());
            if (config == null) {
                return BAD_NEWS;
            }
            for (String warning : RuleMatch.unreachable(config)) {
                screen().line(screen().in(Tone.WARN, "warning: ") + file + ": " + warning);
            }
            int endpoints = config.services().values().stream()
                    .mapToInt(service -> service.endpoints().size())
                    .sum();
            screen().line(screen().in(Tone.GOOD, "valid: ") + file + ", application " + config.application() + ", "
                    + config.services().size() + " services, " + endpoints + " endpoints, state "
                    + (config.redis() == null
                            ? "in each JVM alone"
                            : "shared through " + config.redis().display()));
            return FINE;
        }
    }

    /** Which rule takes a call. */
    @CommandLine.Command(
            name = "explain",
            description = "Which rule takes a call, and why the others do not. For a statement: FILE JDBC-URL SQL.")
    static final class Explain extends Command {

        @Parameters(index = "0", paramLabel = "FILE", description = "The configuration.")
        @SuppressWarnings("NullAway.Init")
        private String file;

        @Parameters(index = "1", paramLabel = "METHOD", description = "Such as GET; or the JDBC address.")
        @SuppressWarnings("NullAway.Init")
        private String method;

        @Parameters(index = "2", paramLabel = "URL", description = "The whole address; or the SQL text.")
        @SuppressWarnings("NullAway.Init")
        private String url;

        @Override
        public Integer call() {
            AgentConfig config = read(file, screen());
            if (config == null) {
                return BAD_NEWS;
            }
            boolean statement = method.regionMatches(true, 0, "jdbc:", 0, 5);
            List<Verdict> verdicts =
                    statement ? RuleMatch.jdbc(config, method, url) : RuleMatch.http(config, method, url);
            Verdict winner = null;
            for (Verdict verdict : verdicts) {
                boolean matches = verdict.why().isEmpty();
                String mark = !matches ? "no  " : winner == null ? screen().in(Tone.GOOD, "yes ") : "late";
                String why = !matches
                        ? String.join(", ", verdict.why())
                        : winner == null ? "matches" : "matches too, but " + winner.place() + " stands before it";
                screen().line(mark + "  " + verdict.place() + ": " + why);
                winner = matches && winner == null ? verdict : winner;
            }
            if (winner == null) {
                screen().line("no rule matches: the call is left untouched");
                return BAD_NEWS;
            }
            describe(winner);
            return FINE;
        }

        private void describe(Verdict winner) {
            EndpointConfig endpoint = winner.place().endpoint();
            screen().line("");
            screen().line(screen().in(Tone.HEAD, winner.place().toString()) + " takes the call"
                    + (endpoint.critical() ? " (critical)" : "") + (endpoint.advanced() ? " (advanced)" : ""));
            List<String> chain = new ArrayList<>();
            for (Fallback fallback : endpoint.fallback()) {
                chain.add(fallback.strategy());
            }
            screen().line("  mode      " + winner.place().service().mode().label());
            screen().line("  fallback  "
                    + (chain.isEmpty() ? "none: the documented exception" : String.join(", then ", chain)));
        }
    }

    /** A file to begin with. */
    @CommandLine.Command(name = "init", description = "Writes a commented file to begin with.")
    static final class Init extends Command {

        @Parameters(
                arity = "0..1",
                paramLabel = "FILE",
                defaultValue = "resilience.yaml",
                description = "Default: resilience.yaml.")
        @SuppressWarnings("NullAway.Init")
        private String file;

        @Override
        public Integer call() {
            try (InputStream start = ConfigCommand.class.getResourceAsStream("start.yaml")) {
                if (start == null) {
                    throw new IllegalStateException("start.yaml is missing from the jar");
                }
                Files.copy(start, path(file));
            } catch (FileAlreadyExistsException there) {
                throw new Unreachable(file + " exists already and was left as it is");
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
            screen().line(file + " is written. Change it, then: config validate " + file);
            return FINE;
        }
    }

    /** The configuration; null after telling what is wrong with it. */
    private static @Nullable AgentConfig read(String file, Screen screen) {
        Path path = path(file);
        if (!Files.exists(path)) {
            throw new Unreachable("there is no file " + file);
        }
        ConfigLoad load = new ConfigReader(Environment.ofJvm()).read(path);
        if (load instanceof ConfigLoad.Loaded loaded) {
            for (ConfigProblem warning : loaded.warnings()) {
                screen.line(screen.in(Tone.WARN, "warning: ") + warning);
            }
            return loaded.config();
        }
        if (load instanceof ConfigLoad.Broken broken) {
            for (ConfigProblem problem : broken.problems()) {
                screen.line(screen.in(Tone.BAD, "error: ") + problem);
            }
        }
        return null;
    }

    private static Path path(String file) {
        try {
            return Path.of(file);
        } catch (InvalidPathException impossible) {
            throw new Unreachable("not a possible file name: " + file);
        }
    }
}
