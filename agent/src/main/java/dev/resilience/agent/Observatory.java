package dev.resilience.agent;

import dev.resilience.config.AgentConfig;
import dev.resilience.config.ServiceConfig;
import dev.resilience.fallback.CallView;
import dev.resilience.guard.AgentThreads;
import dev.resilience.health.Forecasts;
import dev.resilience.health.Herald;
import dev.resilience.health.OwnArchive;
import dev.resilience.health.ProbeRecords;
import dev.resilience.health.SystemHealth;
import dev.resilience.health.alert.AlertDesk;
import dev.resilience.health.alert.ReviewNotices;
import dev.resilience.health.alert.Webhooks;
import dev.resilience.health.forecast.Forecast.Expected;
import dev.resilience.health.snapshot.LocalSnapshots;
import dev.resilience.health.snapshot.Snapshots;
import dev.resilience.metrics.Chronicle;
import dev.resilience.metrics.FleetFigures;
import dev.resilience.metrics.JournalClerk;
import dev.resilience.metrics.MinuteLog;
import dev.resilience.metrics.Scribe;
import dev.resilience.store.Stores;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** What makes figures, alerts and snapshots of calls and circuits, for the whole fleet. */
final class Observatory implements AutoCloseable {

    private static final long IDLE_SECONDS = 15;

    private final Chronicle chronicle = new Chronicle(Clocks.NANOS);
    private final Scribe scribe;
    private final FleetFigures figures;
    private final AlertDesk alerts;
    private final ReviewNotices reviews;
    private final JournalClerk journal;
    private final Snapshots snapshots;
    private final Herald herald;
    private final OwnArchive ownProbes = new OwnArchive(Clocks.UNIX_MILLIS);
    private final ProbeRecords probeRecords;
    private final Forecasts forecasts;
    private final Protection protection;
    private final ThreadPoolExecutor posts;

    /** @param forecast told of service and trouble */
    Observatory(Protection protection, SystemHealth health, BiConsumer<String, Expected> forecast) {
        this.protection = protection;
        Stores stores = protection.stores();
        ScheduledThreadPoolExecutor scheduler = protection.scheduler();
        MinuteLog own = new MinuteLog(Clocks.UNIX_MILLIS);
        String instance = protection.config().instance();
        scribe = new Scribe(
                protection.metrics(),
                own,
                stores.figures(),
                // No secret: what makes those would be a part of every start.
                instance + "/" + Long.toHexString(ThreadLocalRandom.current().nextLong()),
                scheduler,
                Clocks.NANOS,
                Clocks.UNIX_MILLIS);
        figures = new FleetFigures(scribe, own, chronicle, stores.figures(), stores.transitions());
        probeRecords = new ProbeRecords(ownProbes, stores.probes(), Clocks.UNIX_MILLIS);
        forecasts = new Forecasts(probeRecords, figures, Clocks.UNIX_MILLIS);
        // No thread while nothing is posted.
        posts = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                new AgentThreads("webhook"));
        Webhooks webhooks = new Webhooks(posts, scheduler, Clocks.UNIX_MILLIS);
        reviews = new ReviewNotices(
                protection::config, new ReviewArrivals(protection.calls()), webhooks, scheduler, Clocks.UNIX_MILLIS);
        alerts = new AlertDesk(
                protection::config,
                protection.circuits(),
                health,
                figures,
                stores.leases(),
                stores.alerts(),
                webhooks,
                scheduler,
                Clocks.NANOS,
                Clocks.UNIX_MILLIS);
        journal = new JournalClerk(chronicle, stores.transitions(), alerts::onDuty, scheduler);
        herald = new Herald(protection::config, forecasts, alerts::onDuty, forecast, scheduler, Clocks.NANOS);
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

    /** Makes room for what the configuration's probes will find. */
    void apply(AgentConfig config) {
        for (ServiceConfig service : config.services().values()) {
            if (service.probe() != null) {
                ownProbes.expect(service.name(), service.probe().interval());
            }
        }
    }

    void start() {
        protection.circuits().addListener(chronicle);
        protection.circuits().addListener(journal);
        protection.circuits().addListener(snapshots);
        scribe.start();
        alerts.start();
        herald.start();
        reviews.start();
    }

    FleetFigures figures() {
        return figures;
    }

    ProbeRecords probeRecords() {
        return probeRecords;
    }

    Forecasts forecasts() {
        return forecasts;
    }

    AlertDesk alerts() {
        return alerts;
    }

    /** A call has come to need a person. */
    void onReview(CallView call) {
        reviews.arrived(ReviewArrivals.arrival(call));
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
