package dev.resilience.agent;

import dev.resilience.health.SystemHealth;
import dev.resilience.health.alert.AlertDesk;
import dev.resilience.health.alert.Webhooks;
import dev.resilience.health.snapshot.LocalSnapshots;
import dev.resilience.health.snapshot.Snapshots;
import dev.resilience.metrics.Chronicle;
import dev.resilience.metrics.FleetFigures;
import dev.resilience.metrics.JournalClerk;
import dev.resilience.metrics.MinuteLog;
import dev.resilience.metrics.Scribe;
import dev.resilience.store.Stores;
import java.util.UUID;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** What makes figures, alerts and snapshots of calls and circuits, for the whole fleet. */
final class Observatory implements AutoCloseable {

    private static final long IDLE_SECONDS = 15;

    private final Chronicle chronicle = new Chronicle(Clocks.NANOS);
    private final Scribe scribe;
    private final FleetFigures figures;
    private final AlertDesk alerts;
    private final JournalClerk journal;
    private final Snapshots snapshots;
    private final Protection protection;
    private final ThreadPoolExecutor posts;

    Observatory(Protection protection, SystemHealth health) {
        this.protection = protection;
        Stores stores = protection.stores();
        ScheduledThreadPoolExecutor scheduler = protection.scheduler();
        MinuteLog own = new MinuteLog(Clocks.UNIX_MILLIS);
        String instance = protection.config().instance();
        scribe = new Scribe(
                protection.metrics(),
                own,
                stores.figures(),
                instance + "/" + UUID.randomUUID(),
                scheduler,
                Clocks.NANOS,
                Clocks.UNIX_MILLIS);
        figures = new FleetFigures(scribe, own, chronicle, stores.figures(), stores.transitions());
        // No thread while nothing is posted.
        posts = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                new AgentThreads("webhook"));
        alerts = new AlertDesk(
                protection::config,
                protection.circuits(),
                health,
                figures,
                stores.leases(),
                stores.alerts(),
                new Webhooks(posts, scheduler, Clocks.UNIX_MILLIS),
                scheduler,
                Clocks.NANOS,
                Clocks.UNIX_MILLIS);
        journal = new JournalClerk(chronicle, stores.transitions(), alerts::onDuty, scheduler);
        snapshots = new Snapshots(
                instance,
                protection.circuits(),
                health,
                new LocalSnapshots(Clocks.NANOS),
                stores.snapshots(),
                alerts::onDuty,
                scheduler,
                Clocks.UNIX_MILLIS);
    }

    void start() {
        protection.circuits().addListener(chronicle);
        protection.circuits().addListener(journal);
        protection.circuits().addListener(snapshots);
        scribe.start();
        alerts.start();
    }

    FleetFigures figures() {
        return figures;
    }

    AlertDesk alerts() {
        return alerts;
    }

    Snapshots snapshots() {
        return snapshots;
    }

    @Override
    public void close() {
        alerts.close();
        scribe.close();
        posts.shutdown();
    }
}
