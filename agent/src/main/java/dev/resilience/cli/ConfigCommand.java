package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.cli.RuleMatch.Verdict;
import dev.resilience.cli.Screen.Tone;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigProblem;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.EndpointConfig.Fallback;
import dev.resilience.config.Environment;
import dev.resilience.config.Identity;
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
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Looks at a configuration without an application. */
@CommandLine.Command(
        name = "config",
        description = "Looks at a configuration file.",
        subcommands = {ConfigCommand.Validate.class, ConfigCommand.Explain.class, ConfigCommand.Init.class})
final class ConfigCommand extends Group {

    private static final String JSON = "Prints what was found as JSON, for scripts.";
    private static final Environment NO_PROGRAM = new NoProgram();

    /** Whether it can be used. */
    @CommandLine.Command(
            name = "validate",
            description = "Whether the agent would take the file; every problem with its line.")
    static final class Validate extends Command {

        @Parameters(paramLabel = "FILE", description = "The configuration.")
        @SuppressWarnings("NullAway.Init")
        private String file;

        @Option(names = "--json", description = JSON)
        private boolean json;

        @Override
        public Integer call() {
            ConfigLoad load = load(file);
            if (json) {
                screen().json(validity(load));
                return load instanceof ConfigLoad.Loaded ? FINE : BAD_NEWS;
            }
            AgentConfig config = told(load, screen());
            if (config == null) {
                return BAD_NEWS;
            }
            for (ConfigProblem warning : idle(config)) {
                screen().line(screen().in(Tone.WARN, "warning: ") + warning);
            }
            screen().line(screen().in(Tone.GOOD, "valid: ") + file + ", application "
                    + (isNamed(config) ? config.application() : "named when it starts") + ", "
                    + Words.counted(config.services().size(), "service") + ", "
                    + Words.counted(endpoints(config), "endpoint") + ", state "
                    + (config.redis() == null
                            ? "in each JVM alone"
                            : "shared through " + config.redis().display()));
            return FINE;
        }

        private JsonNode validity(ConfigLoad load) {
            ObjectNode body = Json.object();
            body.put("file", file);
            body.put("valid", load instanceof ConfigLoad.Loaded);
            ArrayNode errors = body.putArray("errors");
            ArrayNode warnings = body.putArray("warnings");
            if (load instanceof ConfigLoad.Broken broken) {
                broken.problems().forEach(problem -> put(errors, problem));
            } else if (load instanceof ConfigLoad.Loaded loaded) {
                AgentConfig config = loaded.config();
                loaded.warnings().forEach(problem -> put(warnings, problem));
                idle(config).forEach(warning -> put(warnings, warning));
                body.put("application", isNamed(config) ? config.application() : null);
                body.put("services", config.services().size());
                body.put("endpoints", endpoints(config));
                body.put("redis", config.redis() == null ? null : config.redis().display());
            }
            return body;
        }

        private static List<ConfigProblem> idle(AgentConfig config) {
            List<ConfigProblem> idle = new ArrayList<>(RuleMatch.unreachable(config));
            idle.addAll(IdleLinks.of(config));
            return idle;
        }

        /** Else it is called after what it will be started as, which nobody knows here. */
        private static boolean isNamed(AgentConfig config) {
            return !config.application().equals(new Identity(NO_PROGRAM).application())
                    || NO_PROGRAM.variable("OTEL_SERVICE_NAME") != null;
        }

        private static int endpoints(AgentConfig config) {
            return config.services().values().stream()
                    .mapToInt(service -> service.endpoints().size())
                    .sum();
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

        @Option(names = "--json", description = JSON)
        private boolean json;

        @Override
        public Integer call() {
            ConfigLoad load = load(file);
            if (json && load instanceof ConfigLoad.Broken broken) {
                ObjectNode body = Json.object().put("file", file).put("valid", false);
                ArrayNode errors = body.putArray("errors");
                broken.problems().forEach(problem -> put(errors, problem));
                screen().json(body);
                return BAD_NEWS;
            }
            AgentConfig config =
                    json && load instanceof ConfigLoad.Loaded loaded ? loaded.config() : told(load, screen());
            if (config == null) {
                return BAD_NEWS;
            }
            boolean statement = method.regionMatches(true, 0, "jdbc:", 0, 5);
            List<Verdict> verdicts =
                    statement ? RuleMatch.jdbc(config, method, url) : RuleMatch.http(config, method, url);
            if (json) {
                ObjectNode body = explained(verdicts);
                screen().json(body);
                return body.path("matched").asBoolean() ? FINE : BAD_NEWS;
            }
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

        private ObjectNode explained(List<Verdict> verdicts) {
            ObjectNode body = Json.object().put("file", file).put("valid", true);
            Verdict winner = verdicts.stream()
                    .filter(verdict -> verdict.why().isEmpty())
                    .findFirst()
                    .orElse(null);
            body.put("matched", winner != null);
            if (winner != null) {
                EndpointConfig endpoint = winner.place().endpoint();
                body.put("service", winner.place().service().name());
                body.put("endpoint", endpoint.name());
                body.put("critical", endpoint.critical());
                body.put("feature", endpoint.advanced() ? "advanced" : "basic");
                body.put("mode", winner.place().service().mode().label());
                ArrayNode chain = body.putArray("fallback");
                endpoint.fallback().forEach(fallback -> chain.add(fallback.strategy()));
                String notKept = RuleMatch.notKept(endpoint, url);
                if (notKept != null) {
                    body.put("not_kept", notKept);
                }
            }
            ArrayNode rules = body.putArray("rules");
            for (Verdict verdict : verdicts) {
                ArrayNode why = rules.addObject()
                        .put("service", verdict.place().service().name())
                        .put("endpoint", verdict.place().endpoint().name())
                        .put("matches", verdict.why().isEmpty())
                        .putArray("why_not");
                verdict.why().forEach(why::add);
            }
            return body;
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
            String notKept = RuleMatch.notKept(endpoint, url);
            if (notKept != null) {
                screen().line("  not kept  " + notKept);
            }
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

    private static ConfigLoad load(String file) {
        Path path = path(file);
        if (!Files.exists(path)) {
            throw new Unreachable("there is no file " + file);
        }
        return new ConfigReader(NO_PROGRAM).read(path);
    }

    /** The configuration; null after telling what is wrong with it. */
    private static @Nullable AgentConfig told(ConfigLoad load, Screen screen) {
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

    private static void put(ArrayNode problems, ConfigProblem problem) {
        problems.addObject()
                .put("file", problem.file())
                .put("line", problem.line() == 0 ? null : problem.line())
                .put("column", problem.column() == 0 ? null : problem.column())
                .put("what", problem.what())
                .put("expected", problem.expected())
                .put("did_you_mean", problem.nearest())
                .put("message", problem.toString());
    }

    /** As this process's, but for what it runs: the command line is not what the file is for. */
    private static final class NoProgram implements Environment {

        private final Environment own = Environment.ofJvm();

        @Override
        public @Nullable String variable(String name) {
            return own.variable(name);
        }

        @Override
        public @Nullable String property(String name) {
            return name.equals("sun.java.command") || name.equals("java.class.path") ? null : own.property(name);
        }

        @Override
        public Path directory() {
            return own.directory();
        }
    }

    private static Path path(String file) {
        try {
            return Path.of(file);
        } catch (InvalidPathException impossible) {
            throw new Unreachable("not a possible file name: " + file);
        }
    }
}
