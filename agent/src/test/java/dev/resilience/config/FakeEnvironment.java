package dev.resilience.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** An environment made for one test. */
final class FakeEnvironment implements Environment {

    final Map<String, String> variables = new HashMap<>();
    final Map<String, String> properties = new HashMap<>();
    private final Path directory;

    FakeEnvironment(Path directory) {
        this.directory = directory;
        properties.put("user.home", "/home/somebody");
    }

    @Override
    public String variable(String name) {
        return variables.get(name);
    }

    @Override
    public String property(String name) {
        return properties.get(name);
    }

    @Override
    public Path directory() {
        return directory;
    }
}
