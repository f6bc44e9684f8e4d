package dev.resilience.config;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the configuration is: the agent's argument, {@code -Dresilience.config}, {@code RESILIENCE_CONFIG}, then
 * {@code ./resilience.yaml}. The first one that is given counts, and a file that was named must exist. Thread-safe.
 */
public final class ConfigDiscovery {

    private static final String USUAL = "resilience.yaml";

    private final Environment environment;

    public ConfigDiscovery(Environment environment) {
        this.environment = environment;
    }

    /** Finds the file and reads it. @param agentArgument what followed {@code -javaagent:resilience.jar=} */
    public ConfigLoad load(@Nullable String agentArgument) {
        String named = agentArgument;
        String by = "the agent argument";
        if (blank(named)) {
            named = environment.property("resilience.config");
            by = "-Dresilience.config";
        }
        if (blank(named)) {
            named = environment.variable("RESILIENCE_CONFIG");
            by = "RESILIENCE_CONFIG";
        }
        if (named == null || blank(named)) {
            Path usual = environment.directory().resolve(USUAL);
            return Files.exists(usual) ? read(usual) : new ConfigLoad.None();
        }
        return load(named.trim(), by);
    }

    private ConfigLoad load(String named, String by) {
        try {
            Path file = environment.directory().resolve(named);
            return Files.exists(file) ? read(file) : broken(named, "no such file (named by " + by + ")");
        } catch (InvalidPathException impossible) {
            return broken(named, "not a possible file name (given by " + by + ")");
        }
    }

    private ConfigLoad read(Path file) {
        return new ConfigReader(environment).read(file);
    }

    private static ConfigLoad broken(String file, String what) {
        return new ConfigLoad.Broken(List.of(new ConfigProblem(file, 0, 0, what, null, null)));
    }

    private static boolean blank(@Nullable String text) {
        return text == null || text.isBlank();
    }
}
