package dev.resilience.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;

/**
 * Reads one file: text, then tree, then checked values, then records. Each step reports all the problems it can find, and a
 * step begins only when the one before found none. Never throws for what a file holds. Thread-safe.
 */
public final class ConfigReader {

    private final Environment environment;
    private final @Nullable String instance;

    public ConfigReader(Environment environment) {
        this(environment, null);
    }

    /** @param instance what this JVM is called where the file does not say; null: a name is drawn */
    public ConfigReader(Environment environment, @Nullable String instance) {
        this.environment = environment;
        this.instance = instance;
    }

    public ConfigLoad read(Path file) {
        Problems problems = new Problems(file.toString());
        String text = YamlText.read(file, problems);
        return text == null ? new ConfigLoad.Broken(problems.sorted()) : read(text, file, problems);
    }

    /** As if {@code text} were what the file holds. */
    public ConfigLoad read(String text, Path file) {
        return read(text, file, new Problems(file.toString()));
    }

    private ConfigLoad read(String text, Path file, Problems problems) {
        AgentConfig config = assemble(text, file, problems);
        return config == null || !problems.isEmpty()
                ? new ConfigLoad.Broken(problems.sorted(), problems.awaited())
                : new ConfigLoad.Loaded(config, problems.warnings());
    }

    private @Nullable AgentConfig assemble(String text, Path file, Problems problems) {
        Node root = YamlText.compose(text, problems);
        if (root == null) {
            return null;
        }
        Block checked = new Validator(environment, problems).validate(root, Schema.ROOT);
        return checked == null ? null : new Assembler(environment, instance, problems).assemble(checked, file);
    }
}
