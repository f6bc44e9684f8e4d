package dev.resilience.health.roster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.config.AgentConfig;
import dev.resilience.json.JsonTrees;
import dev.resilience.log.AgentLog;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells the fleet of this instance, and lists all that do. While the fleet's store is away, and where there is none, this
 * instance is the list. Thread-safe; nothing waits.
 */
public final class Roster {

    private static final long PERIOD_MILLIS = 10_000;
    private static final int DIGITS = 8;

    private final Supplier<AgentConfig> config;
    private final String version;
    private final Supplier<String> mode;
    private final Supplier<@Nullable String> configError;
    private final @Nullable RosterStore fleet;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier epochMillis;
    private final long sinceMillis;
    private volatile String fingerprint = "";
    private volatile boolean told;
    private volatile String namesake = "";
    private volatile long namesakeMillis;

    /**
     * @param mode where this instance's circuits live
     * @param configError why the file as it is now is not in force; null when it is
     * @param fleet null without one
     * @param epochMillis Unix milliseconds, for people
     */
    public Roster(
            Supplier<AgentConfig> config,
            String version,
            Supplier<String> mode,
            Supplier<@Nullable String> configError,
            @Nullable RosterStore fleet,
            ScheduledExecutorService scheduler,
            LongSupplier epochMillis) {
        this.config = config;
        this.version = version;
        this.mode = mode;
        this.configError = configError;
        this.fleet = fleet;
        this.scheduler = scheduler;
        this.epochMillis = epochMillis;
        this.sinceMillis = epochMillis.getAsLong();
    }

    /** Begins to tell. */
    public void start() {
        if (fleet != null) {
            scheduler.scheduleWithFixedDelay(this::tell, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** The configuration's file has just been read, and what it says is in force. */
    public void configTaken() {
        fingerprint = fingerprint(config.get().file());
    }

    /** All instances, this one first, then by name. Those long silent are among them, {@linkplain Instance#lost() lost}. */
    public CompletionStage<List<Instance>> all() {
        if (fleet == null) {
            return CompletableFuture.completedFuture(List.of(own()));
        }
        return fleet.all().handle((told, away) -> told == null ? List.of(own()) : listed(told));
    }

    /** In words, when instances of one application run by different files; null when all agree. */
    public static @Nullable String drift(List<Instance> instances) {
        Map<String, Map<String, List<String>>> byApplication = new TreeMap<>();
        for (Instance instance : instances) {
            if (!instance.lost() && !instance.config().isEmpty()) {
                byApplication
                        .computeIfAbsent(instance.application(), name -> new TreeMap<>())
                        .computeIfAbsent(instance.config(), print -> new ArrayList<>())
                        .add(instance.name());
            }
        }
        List<String> words = new ArrayList<>();
        byApplication.forEach((application, configurations) -> {
            if (configurations.size() > 1) {
                List<String> groups = new ArrayList<>();
                configurations.forEach((print, names) -> groups.add(print + " (" + String.join(", ", names) + ")"));
                words.add(application + " runs by " + configurations.size() + " different configurations: "
                        + String.join("; ", groups));
            }
        });
        return words.isEmpty() ? null : String.join(". ", words);
    }

    private void tell() {
        RosterStore store = fleet;
        if (store == null) {
            return;
        }
        try {
            Instance own = own();
            store.tell(own.name(), Text.of(own), !told).thenAccept(before -> {
                // What was there before the first word may be of a JVM that ended.
                if (told) {
                    meet(own, before);
                }
                told = true;
            });
        } catch (RuntimeException | LinkageError failure) {
            AgentLog.warn("roster", "the fleet could not be told of this instance", failure);
        }
    }

    /** Whoever told under this name since this instance did is another JVM that was given the same one. */
    private void meet(Instance own, String before) {
        Instance other = instance(own.name(), new RosterStore.Told(before, 0));
        if (other == null
                || (other.sinceMillis() == own.sinceMillis() && other.host().equals(own.host()))) {
            return;
        }
        String met = "on " + other.host().replaceAll("\\p{Cntrl}", " ") + " since "
                + Instant.ofEpochMilli(other.sinceMillis());
        namesakeMillis = epochMillis.getAsLong();
        if (!met.equals(namesake)) {
            namesake = met;
            AgentLog.warn(
                    "namesake " + own.name(),
                    "another JVM of this fleet calls itself '" + own.name() + "', too (" + met
                            + "): they are listed and counted as one; give each an `instance` of its own, or none");
        }
    }

    /** Two that tell by turns meet each other every time, give or take one. */
    private String namesake() {
        return epochMillis.getAsLong() - namesakeMillis < Instance.LOST_MILLIS ? namesake : "";
    }

    private Instance own() {
        AgentConfig inForce = config.get();
        String broken = configError.get();
        if (fingerprint.isEmpty()) {
            configTaken();
        }
        return new Instance(
                inForce.instance(),
                inForce.application(),
                Host.NAME,
                version,
                mode.get(),
                fingerprint,
                broken == null ? "" : broken,
                sinceMillis,
                0,
                namesake());
    }

    private List<Instance> listed(Map<String, RosterStore.Told> told) {
        Instance own = own();
        List<Instance> others = new ArrayList<>();
        told.forEach((name, words) -> {
            Instance other = name.equals(own.name()) ? null : instance(name, words);
            if (other != null) {
                others.add(other);
            }
        });
        others.sort(Comparator.comparing(Instance::name));
        others.add(0, own);
        return others;
    }

    private static @Nullable Instance instance(String name, RosterStore.Told told) {
        try {
            JsonNode text = JsonTrees.read(told.text());
            return new Instance(
                    name,
                    text.path("application").asText(),
                    text.path("host").asText(),
                    text.path("version").asText(),
                    text.path("mode").asText(),
                    text.path("config").asText(),
                    text.path("config_error").asText(),
                    text.path("since").asLong(),
                    told.silentMillis(),
                    text.path("namesake").asText());
        } catch (IOException damaged) {
            return null;
        }
    }

    /** Of the file's own bytes: what the environment puts into it may well differ. Empty when it cannot be read. */
    private static String fingerprint(Path file) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            return HexFormat.of().formatHex(digest).substring(0, DIGITS);
        } catch (IOException | NoSuchAlgorithmException unreadable) {
            return "";
        }
    }

    /** Loaded when there is a fleet to be told: its trees are not to be loaded by every start. */
    private static final class Text {

        static String of(Instance own) {
            ObjectNode text = JsonNodeFactory.instance.objectNode();
            text.put("application", own.application());
            text.put("host", own.host());
            text.put("version", own.version());
            text.put("mode", own.mode());
            text.put("config", own.config());
            text.put("config_error", own.configError());
            text.put("since", own.sinceMillis());
            text.put("namesake", own.namesake());
            return JsonTrees.text(text);
        }
    }

    /** Asked for once, on a thread of the agent's. */
    private static final class Host {

        static final String NAME = name();

        private static String name() {
            String set = System.getenv("HOSTNAME");
            if (set != null && !set.isBlank()) {
                return set;
            }
            try {
                return InetAddress.getLocalHost().getHostName();
            } catch (IOException nameless) {
                return "";
            }
        }
    }
}
