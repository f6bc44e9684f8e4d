package dev.resilience.config;

import dev.resilience.config.Block.Found;
import dev.resilience.config.Type.Section;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of the same section one above the other, the nearest first: each key is taken from the nearest block that has it,
 * else from the schema's default. Immutable.
 */
final class Layers {

    private final Section section;
    private final List<Block> blocks;

    private Layers(Section section, List<Block> blocks) {
        this.section = section;
        this.blocks = blocks;
    }

    static Layers of(Section section, @Nullable Block... nearestFirst) {
        List<Block> there = new ArrayList<>();
        for (Block block : nearestFirst) {
            if (block != null) {
                there.add(block);
            }
        }
        return new Layers(section, there);
    }

    /** The same blocks with a nearer one of another section before them, which inherits what it has in common with them. */
    Layers below(Section nearer, Block block) {
        List<Block> all = new ArrayList<>();
        all.add(block);
        all.addAll(blocks);
        return new Layers(nearer, all);
    }

    /** The blocks that these ones have under {@code key}. */
    Layers under(String key) {
        if (!(section.key(key).type() instanceof Section inner)) {
            throw new IllegalArgumentException(key + " is no section");
        }
        List<Block> there = new ArrayList<>();
        for (Block block : blocks) {
            Block below = block.block(key);
            if (below != null) {
                there.add(below);
            }
        }
        return new Layers(inner, there);
    }

    boolean isEmpty() {
        return blocks.isEmpty();
    }

    /** What the file says, default aside. */
    @Nullable
    Found found(String key) {
        for (Block block : blocks) {
            Found found = block.get(key);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    @Nullable
    String textOrNull(String key) {
        return (String) value(key);
    }

    String text(String key) {
        return (String) needed(key);
    }

    @Nullable
    Integer wholeOrNull(String key) {
        return (Integer) value(key);
    }

    int whole(String key) {
        return (Integer) needed(key);
    }

    double number(String key) {
        return (Double) needed(key);
    }

    @Nullable
    Duration lengthOrNull(String key) {
        return (Duration) value(key);
    }

    Duration length(String key) {
        return (Duration) needed(key);
    }

    boolean flag(String key) {
        return (Boolean) needed(key);
    }

    /** Items in the type of the list's items. */
    <T> List<T> list(String key, Class<T> type) {
        List<T> items = new ArrayList<>();
        if (value(key) instanceof List<?> list) {
            for (Object item : list) {
                items.add(type.cast(item instanceof Found found ? found.value() : item));
            }
        }
        return List.copyOf(items);
    }

    private @Nullable Object value(String key) {
        Object fallback = section.key(key).fallback();
        Found found = found(key);
        return found == null ? fallback : found.value();
    }

    private Object needed(String key) {
        Object value = value(key);
        if (value == null) {
            throw new IllegalStateException(section.name() + "." + key + " has neither value nor default");
        }
        return value;
    }
}
