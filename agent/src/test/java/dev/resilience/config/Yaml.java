package dev.resilience.config;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Reads a text as if it were a file called {@code test.yaml}. */
final class Yaml {

    private Yaml() {}

    static ConfigLoad read(String yaml) {
        return read(yaml, environment -> {});
    }

    static ConfigLoad read(String yaml, Consumer<FakeEnvironment> setUp) {
        FakeEnvironment environment = new FakeEnvironment(Path.of(""));
        setUp.accept(environment);
        return new ConfigReader(environment).read(yaml, Path.of("test.yaml"));
    }

    static AgentConfig config(String yaml) {
        return config(yaml, environment -> {});
    }

    static AgentConfig config(String yaml, Consumer<FakeEnvironment> setUp) {
        ConfigLoad load = read(yaml, setUp);
        if (load instanceof ConfigLoad.Loaded loaded) {
            return loaded.config();
        }
        throw new AssertionError(load);
    }

    static ServiceConfig service(String yaml) {
        return config(yaml).services().values().iterator().next();
    }

    /** The lines that people read. */
    static List<String> problems(String yaml) {
        return problems(yaml, environment -> {});
    }

    static List<String> problems(String yaml, Consumer<FakeEnvironment> setUp) {
        return read(yaml, setUp) instanceof ConfigLoad.Broken broken
                ? broken.problems().stream().map(ConfigProblem::toString).toList()
                : List.of();
    }
}
