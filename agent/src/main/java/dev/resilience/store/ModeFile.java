package dev.resilience.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.config.Mode;
import dev.resilience.json.JsonTrees;
import dev.resilience.log.AgentLog;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The modes ordered at run time, for a start while no Redis tells them: one JSON object, an entry a service, taken the
 * place of in one step. Ends are kept as Unix milliseconds: host and clock are the same before and after. A file that cannot
 * be read or written is said once; the mode then holds until this JVM ends. Thread-safe.
 */
final class ModeFile {

    private static final long MOST_BYTES = 1 << 20;

    private final Path directory;
    private final Path file;
    private final LongSupplier unixMillis;

    /** Null until asked for. */
    private @Nullable Map<String, Kept> kept;

    /** @param directory made when there is something to keep */
    ModeFile(Path directory, LongSupplier unixMillis) {
        this.directory = directory;
        this.file = directory.resolve("modes.json");
        this.unixMillis = unixMillis;
    }

    /** @param until Unix milliseconds, {@link ModeOrder#ENDLESS} for none */
    private record Kept(Mode mode, String reason, String who, long version, long until) {}

    /** What holds for a service since before this JVM began; {@link ModeOrder#NONE} when nothing does. */
    synchronized ModeOrder of(String service) {
        Kept order = kept().get(service);
        if (order == null) {
            return ModeOrder.NONE;
        }
        long remaining = order.until == ModeOrder.ENDLESS ? ModeOrder.ENDLESS : order.until - unixMillis.getAsLong();
        return order.until != ModeOrder.ENDLESS && remaining <= 0
                ? ModeOrder.NONE
                : new ModeOrder(order.mode, order.reason, order.who, order.version, remaining);
    }

    /** Keeps what is in force from now on. */
    synchronized void keep(String service, ModeOrder order) {
        Map<String, Kept> all = kept();
        Mode mode = order.mode();
        if (mode == null) {
            if (all.remove(service) == null) {
                return;
            }
        } else {
            long until = order.remainingMillis() == ModeOrder.ENDLESS
                    ? ModeOrder.ENDLESS
                    : unixMillis.getAsLong() + order.remainingMillis();
            all.put(service, new Kept(mode, order.reason(), order.who(), order.version(), until));
        }
        try {
            write(all);
        } catch (IOException failure) {
            AgentLog.warn(
                    "modes", "modes cannot be kept in " + file + " and end with this JVM: " + failure.getMessage());
        }
    }

    private Map<String, Kept> kept() {
        Map<String, Kept> known = kept;
        if (known == null) {
            known = new HashMap<>();
            // Asked at every start: the older class is there anyway, the newer ones would have to be loaded.
            File there = file.toFile();
            if (there.isFile()) {
                try {
                    known.putAll(read(there));
                } catch (IOException | RuntimeException damaged) {
                    AgentLog.warn("modes", "the modes kept in " + file + " cannot be read: " + damaged.getMessage());
                }
            }
            kept = known;
        }
        return known;
    }

    private static Map<String, Kept> read(File file) throws IOException {
        if (file.length() > MOST_BYTES) {
            throw new IOException("it has " + file.length() + " bytes");
        }
        Map<String, Kept> read = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : JsonTrees.read(Files.readString(file.toPath(), StandardCharsets.UTF_8))
                .properties()) {
            JsonNode order = entry.getValue();
            for (Mode mode : Mode.values()) {
                if (mode.label().equals(order.path("mode").asText())) {
                    Kept kept = new Kept(
                            mode,
                            order.path("reason").asText(),
                            order.path("who").asText(),
                            Math.max(1, order.path("version").asLong()),
                            order.path("until").asLong(ModeOrder.ENDLESS));
                    read.put(entry.getKey(), kept);
                }
            }
        }
        return read;
    }

    private void write(Map<String, Kept> all) throws IOException {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        all.forEach((service, order) -> node.putObject(service)
                .put("mode", order.mode.label())
                .put("reason", order.reason)
                .put("who", order.who)
                .put("version", order.version)
                .put("until", order.until));
        OwnerOnly.directory(directory);
        Path fresh = Files.createTempFile(directory, "modes", ".json");
        try {
            Files.write(fresh, JsonTrees.bytes(node));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }
}
