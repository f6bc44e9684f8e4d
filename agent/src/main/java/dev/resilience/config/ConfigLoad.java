package dev.resilience.config;

import java.nio.file.Path;
import java.util.List;

/** What came of looking for a configuration and reading it. */
public sealed interface ConfigLoad {

    /** No file was named and there is none at the usual place. */
    record None() implements ConfigLoad {}

    /** @param warnings what is allowed but hardly meant */
    record Loaded(AgentConfig config, List<ConfigProblem> warnings) implements ConfigLoad {}

    /**
     * Nothing of the file is used.
     *
     * @param problems all that were found, in file order; never empty
     * @param awaited files that it names and that could not be read: it may be whole when they are there
     */
    record Broken(List<ConfigProblem> problems, List<Path> awaited) implements ConfigLoad {

        public Broken(List<ConfigProblem> problems) {
            this(problems, List.of());
        }
    }
}
