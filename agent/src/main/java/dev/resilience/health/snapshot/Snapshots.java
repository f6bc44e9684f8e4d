package dev.resilience.health.snapshot;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.CircuitView;
import dev.resilience.breaker.Circuits;
import dev.resilience.breaker.StoreAway;
import dev.resilience.breaker.Transition;
import dev.resilience.breaker.TransitionListener;
import dev.resilience.health.HealthReport;
import dev.resilience.health.HealthReport.ServiceHealth;
import dev.resilience.health.SystemHealth;
import dev.resilience.json.JsonTrees;
import dev.resilience.log.AgentLog;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes a snapshot at every change of state, once per fleet, and when somebody asks for one. Changes that come close together
 * are one snapshot. While the fleet's store is away, and where there is none, snapshots stay on this instance. Thread-safe;
 * nothing waits.
 */
public final class Snapshots implements TransitionListener {

    /** So long after a change the figures have settled, and what broke together is seen together. */
    private static final long SETTLE_MILLIS = 250;

    private final String instance;
    private final Circuits circuits;
    private final SystemHealth health;
    private final SnapshotStore own;
    private final @Nullable SnapshotStore fleet;
    private final BooleanSupplier onDuty;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier epochMillis;
    private final List<String> changes = new ArrayList<>();

    /**
     * @param own takes what the fleet's store does not
     * @param fleet null without one
     * @param onDuty whether this instance acts for the fleet
     * @param epochMillis Unix milliseconds, for people
     */
    public Snapshots(
            String instance,
            Circuits circuits,
            SystemHealth health,
            SnapshotStore own,
            @Nullable SnapshotStore fleet,
            BooleanSupplier onDuty,
            ScheduledExecutorService scheduler,
            LongSupplier epochMillis) {
        this.instance = instance;
        this.circuits = circuits;
        this.health = health;
        this.own = own;
        this.fleet = fleet;
        this.onDuty = onDuty;
        this.scheduler = scheduler;
        this.epochMillis = epochMillis;
    }

    @Override
    public void onTransition(Transition transition) {
        if (fleet != null && !onDuty.getAsBoolean()) {
            return;
        }
        synchronized (changes) {
            changes.add(transition.service() + " " + transition.from() + " -> " + transition.to() + ", "
                    + transition.reason());
            if (changes.size() > 1) {
                return;
            }
        }
        try {
            scheduler.schedule(this::settled, SETTLE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closing) {
            // The agent's threads are gone.
        }
    }

    /** Takes one now. @param why for the record. @return the snapshot, JSON */
    public CompletionStage<String> take(String why) {
        String snapshot = snapshot(why);
        return keep(snapshot).thenApply(kept -> snapshot);
    }

    /** The fleet's, or while they cannot be had this instance's, newest first; JSON each. Completes normally always. */
    public CompletionStage<List<String>> newest(int most) {
        SnapshotStore store = fleet;
        if (store == null) {
            return own.newest(most);
        }
        return store.newest(most)
                .handle((newest, away) -> newest != null ? CompletableFuture.completedFuture(newest) : own.newest(most))
                .thenCompose(newest -> newest);
    }

    private void settled() {
        String why;
        synchronized (changes) {
            why = String.join("; ", changes);
            changes.clear();
        }
        keep(snapshot(why));
    }

    private CompletionStage<?> keep(String snapshot) {
        SnapshotStore store = fleet;
        if (store == null) {
            return own.add(snapshot);
        }
        return store.add(snapshot)
                .handle((kept, away) -> {
                    if (away == null) {
                        return CompletableFuture.completedFuture(null);
                    }
                    if (!StoreAway.isRootOf(away)) {
                        AgentLog.warn("snapshots", "a snapshot stays on this instance", away);
                    }
                    return own.add(snapshot);
                })
                .thenCompose(kept -> kept);
    }

    private String snapshot(String why) {
        return Text.of(why, instance, epochMillis.getAsLong(), circuits, health.report());
    }

    /** Loaded for the first snapshot: its trees are not to be loaded by every start. */
    private static final class Text {

        static String of(String why, String instance, long atMillis, Circuits circuits, HealthReport report) {
            ObjectNode node = JsonNodeFactory.instance.objectNode();
            node.put("timestamp", Instant.ofEpochMilli(atMillis).toString());
            node.put("reason", why);
            node.put("instance", instance);
            node.put("mode", circuits.mode().name().toLowerCase(Locale.ROOT));
            node.put("status", report.status().label());
            report.openCircuits().forEach(node.putArray("open_circuits")::add);
            report.halfOpenCircuits().forEach(node.putArray("half_open_circuits")::add);
            report.cascades()
                    .forEach(cascade ->
                            cascade(cascade, node.withArray("/cascades").addObject()));
            ObjectNode services = node.putObject("services");
            for (Circuit circuit : circuits.all()) {
                ServiceHealth its = report.services().get(circuit.service());
                service(circuit.view(), its, services.putObject(circuit.service()));
            }
            return JsonTrees.text(node);
        }

        private static void cascade(HealthReport.Cascade cascade, ObjectNode node) {
            node.put("origin", cascade.origin());
            cascade.path().forEach(node.putArray("path")::add);
            cascade.impact().forEach(node.putArray("impact")::add);
        }

        private static void service(CircuitView view, @Nullable ServiceHealth health, ObjectNode node) {
            node.put("state", view.state().name());
            node.put("failures", view.failures());
            node.put("successes", view.successes());
            node.put("failure_rate", Math.round(view.failureRate() * 10_000) / 10_000.0);
            node.put("half_open_quota", view.halfOpenQuota());
            node.put("last_failure", view.lastFailure());
            node.put("epoch", view.epoch());
            node.put("since_ms", view.sinceMillis());
            node.put("healthy", health == null || health.healthy());
            if (health != null) {
                health.reasons().forEach(node.putArray("reasons")::add);
            }
        }
    }
}
