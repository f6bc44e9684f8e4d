package dev.resilience.admin;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.CircuitView;
import dev.resilience.breaker.Circuits;
import dev.resilience.breaker.StoreMode;
import dev.resilience.config.AgentConfig;
import dev.resilience.health.HealthReport;
import dev.resilience.health.Probes;
import dev.resilience.health.SystemHealth;
import dev.resilience.metrics.CallMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
    private final EventLog events;
    private final LongSupplier gateFailures;
    private final Reload reload;
    private final LongSupplier epochMillis;
    private volatile @Nullable String adminUrl;

    /**
     * @param config the configuration in force
     * @param gateFailures failures inside the gate since the JVM started
     * @param epochMillis Unix milliseconds, for display
     */
    public Surface(
            String version,
            Supplier<AgentConfig> config,
            Circuits circuits,
            SystemHealth health,
            Probes probes,
            CallMetrics metrics,
            EventLog events,
            LongSupplier gateFailures,
            Reload reload,
            LongSupplier epochMillis) {
        this.version = version;
        this.config = config;
        this.circuits = circuits;
        this.health = health;
        this.probes = probes;
        this.metrics = metrics;
        this.events = events;
        this.gateFailures = gateFailures;
        this.reload = reload;
        this.epochMillis = epochMillis;
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

    EventLog events() {
        return events;
    }

    Circuits circuits() {
        return circuits;
    }

    long gateFailures() {
        return gateFailures.getAsLong();
    }

    long now() {
        return epochMillis.getAsLong();
    }

    boolean knows(String service) {
        return circuits.find(service) != null || config().services().containsKey(service);
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
     * @param service null for all
     * @param who for the record
     * @return the views after it, by service; empty when there is no such circuit
     */
    CompletionStage<Map<String, CircuitView>> reset(@Nullable String service, String who) {
        Map<String, CircuitView> done = new LinkedHashMap<>();
        List<CompletableFuture<?>> pending = new ArrayList<>();
        for (Circuit circuit : circuits.all()) {
            if (service == null || service.equals(circuit.service())) {
                events.acted(now(), "reset", circuit.service(), "asked for by " + who);
                pending.add(circuit.reset(who)
                        .thenAccept(view -> {
                            synchronized (done) {
                                done.put(view.service(), view);
                            }
                        })
                        .toCompletableFuture());
            }
        }
        return CompletableFuture.allOf(pending.toArray(new CompletableFuture<?>[0]))
                .thenApply(all -> {
                    synchronized (done) {
                        return new LinkedHashMap<>(done);
                    }
                });
    }

    /** Reads the configuration again. */
    String reload(String who) {
        String done = reload.reload();
        events.acted(now(), "reload", "", "asked for by " + who + ": " + done);
        return done;
    }
}
