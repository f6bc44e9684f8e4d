package dev.resilience.admin;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.CircuitView;
import dev.resilience.breaker.Circuits;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.breaker.StoreMode;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.Mode;
import dev.resilience.config.ServiceConfig;
import dev.resilience.fallback.AnswerKeys;
import dev.resilience.fallback.AnswerStore;
import dev.resilience.fallback.Backlog;
import dev.resilience.fallback.FallbackChains;
import dev.resilience.health.Forecasts;
import dev.resilience.health.HealthReport;
import dev.resilience.health.ProbeRecords;
import dev.resilience.health.Probes;
import dev.resilience.health.SystemHealth;
import dev.resilience.health.alert.Alert;
import dev.resilience.health.alert.AlertDesk;
import dev.resilience.health.deed.Deeds;
import dev.resilience.health.roster.Roster;
import dev.resilience.health.snapshot.Snapshots;
import dev.resilience.metrics.CallMetrics;
import dev.resilience.metrics.FleetFigures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What operators see and do, the same on every surface: JMX, HTTP and, through it, the command line. Thread-safe; nothing
 * here waits.
 */
public final class Surface {

    private final String version;
    private final Supplier<AgentConfig> config;
    private final Circuits circuits;
    private final SystemHealth health;
    private final Probes probes;
    private final CallMetrics metrics;
    private final FleetFigures fleet;
    private final EventLog events;
    private final Deeds deeds;
    private final @Nullable ProbeRecords probeRecords;
    private final @Nullable Forecasts forecasts;
    private final @Nullable AlertDesk alerts;
    private final @Nullable Snapshots snapshots;
    private final @Nullable Roster roster;
    private final @Nullable AnswerStore answers;
    private final @Nullable AnswerKeys answerKeys;
    private final @Nullable Backlog backlog;
    private final LongSupplier gateFailures;
    private final Supplier<Map<String, String>> woven;
    private final Reload reload;
    private final LongSupplier epochMillis;
    private volatile @Nullable String adminUrl;
    private volatile @Nullable String configError;

    private Surface(Builder parts) {
        this.version = parts.version;
        this.config = needed(parts.config);
        this.circuits = needed(parts.circuits);
        this.health = needed(parts.health);
        this.probes = needed(parts.probes);
        this.metrics = needed(parts.metrics);
        this.fleet = needed(parts.fleet);
        this.events = parts.events;
        this.deeds = parts.deeds == null ? new Deeds(null, parts.events::acted, parts.epochMillis) : parts.deeds;
        this.probeRecords = parts.probeRecords;
        this.forecasts = parts.forecasts;
        this.alerts = parts.alerts;
        this.snapshots = parts.snapshots;
        this.roster = parts.roster;
        this.answers = parts.answers;
        this.answerKeys = parts.answerKeys;
        this.backlog = parts.backlog;
        this.gateFailures = parts.gateFailures;
        this.woven = parts.woven;
        this.reload = parts.reload;
        this.epochMillis = parts.epochMillis;
    }

    /** Takes the parts by name. Not thread-safe. */
    public static final class Builder {

        private final String version;
        private @Nullable Supplier<AgentConfig> config;
        private @Nullable Circuits circuits;
        private @Nullable SystemHealth health;
        private @Nullable Probes probes;
        private @Nullable CallMetrics metrics;
        private @Nullable FleetFigures fleet;
        private @Nullable ProbeRecords probeRecords;
        private @Nullable Forecasts forecasts;
        private @Nullable AlertDesk alerts;
        private @Nullable Snapshots snapshots;
        private @Nullable Roster roster;
        private @Nullable AnswerStore answers;
        private @Nullable AnswerKeys answerKeys;
        private @Nullable Backlog backlog;
        private EventLog events = new EventLog();
        private @Nullable Deeds deeds;
        private LongSupplier gateFailures = () -> 0;
        private Supplier<Map<String, String>> woven = Map::of;
        private Reload reload = () -> "nothing to read";
        private LongSupplier epochMillis = System::currentTimeMillis;

        public Builder(String version) {
            this.version = version;
        }

        /** The configuration in force; asked each time. */
        public Builder config(Supplier<AgentConfig> inForce) {
            config = inForce;
            return this;
        }

        public Builder circuits(Circuits all) {
            circuits = all;
            return this;
        }

        public Builder health(SystemHealth judge) {
            health = judge;
            return this;
        }

        public Builder probes(Probes all) {
            probes = all;
            return this;
        }

        /** What this instance measured since its JVM started. */
        public Builder metrics(CallMetrics own) {
            metrics = own;
            return this;
        }

        /** What the fleet measured in the last day. */
        public Builder fleet(FleetFigures figures) {
            fleet = figures;
            return this;
        }

        /** What probes found. */
        public Builder probeRecords(ProbeRecords records) {
            probeRecords = records;
            return this;
        }

        /** What is to be expected. */
        public Builder forecasts(Forecasts made) {
            forecasts = made;
            return this;
        }

        /** What is worth a person's attention. */
        public Builder alerts(AlertDesk desk) {
            alerts = desk;
            return this;
        }

        /** How everything stood at each change of state. */
        public Builder roster(Roster ofFleet) {
            roster = ofFleet;
            return this;
        }

        public Builder snapshots(Snapshots taken) {
            snapshots = taken;
            return this;
        }

        public Builder events(EventLog log) {
            events = log;
            return this;
        }

        /** Tells the fleet what people do; without it they are events of this instance alone. */
        public Builder deeds(Deeds ofPeople) {
            deeds = ofPeople;
            return this;
        }

        /** Where stale_cache keeps its answers. @param keys how they are named there */
        public Builder answers(AnswerStore store, AnswerKeys keys) {
            answers = store;
            answerKeys = keys;
            return this;
        }

        /** Calls taken in charge. */
        public Builder backlog(Backlog calls) {
            backlog = calls;
            return this;
        }

        /** Failures inside the gate since the JVM started. */
        public Builder gateFailures(LongSupplier count) {
            gateFailures = count;
            return this;
        }

        /** What became of each class that is woven into: empty for success, else why not. */
        public Builder woven(Supplier<Map<String, String>> outcomes) {
            woven = outcomes;
            return this;
        }

        public Builder reload(Reload action) {
            reload = action;
            return this;
        }

        /** Unix milliseconds, for display. */
        public Builder epochMillis(LongSupplier clock) {
            epochMillis = clock;
            return this;
        }

        public Surface build() {
            return new Surface(this);
        }
    }

    private static <T> T needed(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("a part of the surface was not given");
        }
        return part;
    }

    String version() {
        return version;
    }

    AgentConfig config() {
        return config.get();
    }

    /** {@code shared}, {@code degraded} or {@code local}. */
    String mode() {
        return circuits.mode().name().toLowerCase(Locale.ROOT);
    }

    boolean storeUp() {
        return circuits.mode() != StoreMode.DEGRADED;
    }

    /** Where the admin server listens; null while it does not. */
    @Nullable
    String adminUrl() {
        return adminUrl;
    }

    void adminUrl(@Nullable String url) {
        adminUrl = url;
    }

    SystemHealth systemHealth() {
        return health;
    }

    HealthReport health() {
        return health.report();
    }

    Probes probes() {
        return probes;
    }

    CallMetrics metrics() {
        return metrics;
    }

    FleetFigures fleet() {
        return fleet;
    }

    /** Null when nothing is probed. */
    @Nullable
    ProbeRecords probeRecords() {
        return probeRecords;
    }

    /** Null when nothing is forecast. */
    @Nullable
    Forecasts forecasts() {
        return forecasts;
    }

    /** The fleet's alerts: those that last, then those of the last hour. Completes normally always. */
    CompletionStage<List<Alert>> alerts() {
        AlertDesk desk = alerts;
        return desk == null ? CompletableFuture.completedFuture(List.of()) : desk.alerts();
    }

    /** Null when nobody takes any. */
    @Nullable
    Roster roster() {
        return roster;
    }

    @Nullable
    Snapshots snapshots() {
        return snapshots;
    }

    /**
     * Forgets answers kept for stale_cache, for the whole fleet; null for all.
     *
     * @param key an address or a statement: its answers alone, whoever asked
     * @return completes with their number by service; under an empty name those of services that the file no longer has
     */
    CompletionStage<Map<String, Long>> clearCache(
            @Nullable String service, @Nullable String endpoint, @Nullable String key, String who) {
        deeds.did(
                "cache_clear",
                service == null ? "" : service,
                "asked for by " + who + (endpoint == null ? "" : ", endpoint " + endpoint)
                        + (key == null ? "" : ", one key"));
        AnswerStore kept = answers;
        AnswerKeys names = answerKeys;
        if (kept == null || names == null) {
            return CompletableFuture.completedFuture(Map.of());
        }
        String prefix = key == null ? null : names.prefix(key);
        List<String> wanted = service == null ? List.copyOf(config().services().keySet()) : List.of(service);
        CompletionStage<Map<String, Long>> counts = CompletableFuture.completedFuture(new LinkedHashMap<>());
        for (String name : wanted) {
            counts = counted(counts, name, () -> kept.clear(name, endpoint, prefix));
        }
        return service == null ? counted(counts, "", () -> kept.clear(null, endpoint, prefix)) : counts;
    }

    private static CompletionStage<Map<String, Long>> counted(
            CompletionStage<Map<String, Long>> before, String name, Supplier<CompletionStage<Long>> clearing) {
        return before.thenCompose(counts -> clearing.get().thenApply(count -> {
            counts.put(name, count);
            return counts;
        }));
    }

    /** Null where no calls are taken in charge. */
    @Nullable
    Backlog backlog() {
        return backlog;
    }

    /** Calls that wait, by service. Completes normally always; with none where it cannot be told. */
    CompletionStage<Map<String, Backlog.Sizes>> backlogSizes() {
        Backlog calls = backlog;
        return calls == null
                ? CompletableFuture.completedFuture(Map.of())
                : calls.sizes().exceptionally(away -> Map.of());
    }

    /** Orders a mode for the whole fleet; null gives it back to the file. */
    CompletionStage<ModeOrder> order(
            String service, @Nullable Mode mode, @Nullable Duration length, String reason, String who) {
        return circuits.mode(service, mode, length, reason, who).thenApply(order -> {
            deeds.did(
                    "mode",
                    service,
                    (mode == null ? "given back to the file" : mode.label())
                            + (length == null ? "" : " for " + length.toSeconds() + " s") + " by " + who
                            + (reason.isEmpty() ? "" : ": " + reason));
            return order;
        });
    }

    EventLog events() {
        return events;
    }

    Deeds deeds() {
        return deeds;
    }

    Circuits circuits() {
        return circuits;
    }

    long gateFailures() {
        return gateFailures.getAsLong();
    }

    Map<String, String> woven() {
        return woven.get();
    }

    long now() {
        return epochMillis.getAsLong();
    }

    boolean knows(String service) {
        return circuits.find(service) != null || config().services().containsKey(service);
    }

    boolean knows(String service, String endpoint) {
        ServiceConfig declared = config().services().get(service);
        return declared != null
                && declared.endpoints().stream().anyMatch(each -> each.name().equals(endpoint));
    }

    /** Every circuit's figures, in file order. */
    List<CircuitView> circuitViews() {
        List<CircuitView> views = new ArrayList<>();
        for (Circuit circuit : circuits.all()) {
            views.add(circuit.view());
        }
        return views;
    }

    /**
     * Closes circuits for the whole fleet.
     *
     * @param service null for all; one that has a circuit for each host is meant with all of them
     * @param who for the record
     * @return the views after it, by service; empty when there is no such circuit
     */
    CompletionStage<Map<String, CircuitView>> reset(@Nullable String service, String who) {
        Map<String, CircuitView> done = new LinkedHashMap<>();
        List<CompletableFuture<?>> pending = new ArrayList<>();
        List<String> named = new ArrayList<>();
        ServiceConfig declared = service == null ? null : config().services().get(service);
        // Other regions are named like hosts, and are not meant.
        Set<String> regions = declared == null ? Set.of() : FallbackChains.regionCircuits(declared);
        for (Circuit circuit : circuits.all()) {
            String name = circuit.service();
            boolean host = name.startsWith(service + "@") && !regions.contains(name);
            if (service == null || name.equals(service) || host) {
                named.add(name);
                pending.add(circuit.reset(who)
                        .thenAccept(view -> {
                            synchronized (done) {
                                done.put(view.service(), view);
                            }
                        })
                        .toCompletableFuture());
            }
        }
        deeds.did("reset", named, "asked for by " + who);
        return CompletableFuture.allOf(pending.toArray(new CompletableFuture<?>[0]))
                .thenApply(all -> {
                    synchronized (done) {
                        return new LinkedHashMap<>(done);
                    }
                });
    }

    /** Reads the configuration again. Throws {@link IllegalArgumentException} when it is broken, and keeps the one before. */
    String reload(String who) {
        try {
            String done = reload.reload();
            events.acted(now(), "reload", "", "asked for by " + who + ": " + done);
            configError = null;
            return done;
        } catch (IllegalArgumentException broken) {
            configRefused(String.valueOf(broken.getMessage()));
            throw broken;
        }
    }

    /** The file has changed, and what it says now is in force. */
    public void configTaken(String what) {
        configError = null;
        events.acted(now(), "reload", "", what);
    }

    /** The file has changed, and what it says now is not in force. */
    public void configRefused(String why) {
        configError = why;
        events.acted(now(), "reload_refused", "", why);
    }

    /** Why the file as it is now is not in force; null when it is. */
    public @Nullable String configError() {
        return configError;
    }
}
