package dev.resilience.config;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;

/** A checked mapping of the file: values in the type of their key, each with its place. */
final class Block {

    final Node at;
    private final Map<String, Found> entries = new LinkedHashMap<>();
    private final Set<String> blanks = new LinkedHashSet<>();
    private final Set<String> given = new LinkedHashSet<>();

    Block(Node at) {
        this.at = at;
    }

    void put(String key, Found found) {
        entries.put(key, found);
    }

    /** The key stands in the file, whatever became of its value. */
    void give(String key) {
        given.add(key);
    }

    /** Whether the key stands in the file, also with a value that was refused. */
    boolean isGiven(String key) {
        return given.contains(key) && !blanks.contains(key);
    }

    boolean givesNothing() {
        return given.isEmpty();
    }

    /** The key is there, but the variables it names hold nothing: as good as left out. */
    void putBlank(String key) {
        blanks.add(key);
    }

    boolean isBlank(String key) {
        return blanks.contains(key);
    }

    @Nullable
    Found get(String key) {
        return entries.get(key);
    }

    @Nullable
    Block block(String key) {
        Found found = entries.get(key);
        return found != null && found.value() instanceof Block block ? block : null;
    }

    Map<String, Found> entries() {
        return entries;
    }

    /** @param value a Boolean, Integer, Double, String, Duration, List of Found, Link, Cell, StatusRange or Block */
    record Found(Object value, Node at) {}

    /** One link of a fallback chain. */
    record Link(String name, Block options) {}

    /** A value of a declared row. */
    record Cell(@Nullable Object value) {}
}
