package dev.resilience.agent;

import dev.resilience.admin.AdminServer;
import dev.resilience.admin.EventLog;
import dev.resilience.admin.JmxBeans;
import dev.resilience.admin.MetricFamilies;
import dev.resilience.admin.Surface;
import dev.resilience.bootstrap.Bridge;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.Environment;
import dev.resilience.config.Identity;
import dev.resilience.guard.AgentThreads;
import dev.resilience.health.ProbeHistory;
import dev.resilience.health.ProbeListener;
import dev.resilience.health.ProbeRecords;
import dev.resilience.health.ProbeResult;
import dev.resilience.health.ProbeTrials;
import dev.resilience.health.ProbeVerdicts;
import dev.resilience.health.Probes;
import dev.resilience.health.SystemHealth;
import dev.resilience.health.deed.Deeds;
import dev.resilience.health.roster.Roster;
import dev.resilience.instrument.management.PlatformServer;
import dev.resilience.log.AgentLog;
import dev.resilience.store.Stores;
import dev.resilience.telemetry.OtlpMetrics;
import dev.resilience.telemetry.OtlpTracer;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/**
 * What watches and shows, and no call waits for: probes, JMX, the admin server, the configuration file. Started once the
 * application's {@code main} has begun.
 */
final class Surroundings implements AutoCloseable {

    private static final UnaryOperator<Runnable> OWN_WORK = AgentThreads::ownWork;

    /** A circuit of a host or region that nobody has heard of yet is seen over JMX by then. */
    private static final long FOLLOW_SECONDS = 10;

    /** A JVM of an earlier release may end, and leave calls behind, long after this one began. */
    private static final long OTHERS_SECONDS = 300;

    private final Protection protection;
    private final Probes probes;
    private final EventLog events = new EventLog();
    private final Deeds deeds;
    private final Observatory observatory;
    private final Roster roster;
    private final Surface surface;
    /** Null in a JVM without {@code java.management}. */
    private final @Nullable JmxBeans beans;

    private final ConfigWatch watch;
    private @Nullable AdminServer admin;
    /** Null where no collector of metrics is configured. */
    private @Nullable OtlpMetrics metrics;

    private @Nullable String adminUrl;

    Surroundings(Protection protection) {
        this.protection = protection;
        Stores stores = protection.stores();
        SystemHealth health = new SystemHealth(protection::config, protection.circuits());
        observatory = new Observatory(
                protection,
                health,
                (service, expected) ->
                        events.acted(Clocks.UNIX_MILLIS.getAsLong(), "forecast", service, expected.summary()));
        deeds = new Deeds(stores.deeds(), events::acted, Clocks.UNIX_MILLIS);
        ProbeVerdicts verdicts = new ProbeVerdicts(protection::config, protection.circuits(), stores.opinions());
        probes = new Probes(
                stores.leases(),
                new Statements(),
                stores.ping(),
                new ProbeTrials(protection::config, protection.circuits(), heard(observatory.probeRecords(), verdicts)),
                OWN_WORK,
                Clocks.NANOS,
                Clocks.UNIX_MILLIS);
        stores.opinions().answer(probes::opinion);
        watch = new ConfigWatch(protection, this::configTaken, this::configRefused);
        roster = new Roster(
                protection::config,
                Version.CURRENT,
                () -> protection.circuits().mode().name().toLowerCase(Locale.ROOT),
                this::configError,
                stores.roster(),
                protection.scheduler(),
                Clocks.UNIX_MILLIS);
        surface = new Surface.Builder(Version.CURRENT)
                .config(protection::config)
                .circuits(protection.circuits())
                .health(health)
                .probes(probes)
                .metrics(protection.metrics())
                .fleet(observatory.figures())
                .probeRecords(observatory.probeRecords())
                .forecasts(observatory.forecasts())
                .alerts(observatory.alerts())
                .snapshots(observatory.snapshots())
                .roster(roster)
                .events(events)
                .deeds(deeds)
                .answers(stores.answers(), protection.answerKeys())
                .backlog(protection.backlog())
                .gateFailures(Bridge::failures)
                .woven(protection.weaver()::outcomes)
                .reload(watch::reload)
                .epochMillis(Clocks.UNIX_MILLIS)
                .build();
        beans = hasManagement() ? new JmxBeans(surface) : null;
    }

    /** @param records of the fleet's probes, which know of those that others make */
    private ProbeListener heard(ProbeRecords records, ProbeVerdicts verdicts) {
        return new ProbeListener() {
            @Override
            public void onProbe(ProbeResult result) {
                records.onProbe(result);
                verdicts.onProbe(result);
                trace(result);
            }

            @Override
            public CompletionStage<ProbeHistory.@Nullable Entry> latest(String service, Duration within) {
                return records.latest(service, within);
            }
        };
    }

    private void trace(ProbeResult result) {
        OtlpTracer tracer = protection.tracer();
        if (tracer != null) {
            tracer.probed(
                    result.service(),
                    result.kind(),
                    result.target(),
                    result.atMillis(),
                    result.responseNanos(),
                    result.failure());
        }
    }

    private void configTaken(String what) {
        surface.configTaken(what);
    }

    private @Nullable String configError() {
        return surface.configError();
    }

    private void configRefused(String why) {
        surface.configRefused(why);
    }

    void start() {
        AgentConfig config = protection.config();
        protection.circuits().addListener(protection.metrics());
        protection.circuits().addListener(events);
        if (beans != null) {
            protection.circuits().addListener(beans);
            observatory.alerts().addListener(beans);
        }
        protection.circuits().addListener(new TransitionLog());
        observatory
                .alerts()
                .addListener(notice -> events.acted(
                        Clocks.UNIX_MILLIS.getAsLong(),
                        "alert",
                        notice.alert().finding().service(),
                        notice.line()));
        protection.calls().onReview(observatory::onReview);
        protection.start("the fleet's figures", () -> {
            observatory.start();
            observatory.apply(config);
        });
        protection.start("the list of instances", roster::start);
        protection.start("what people did", deeds::start);
        protection.start("the probes", () -> probes.apply(config));
        if (beans != null) {
            protection.start("JMX", () -> {
                Management.show(beans, protection);
                protection
                        .scheduler()
                        .scheduleWithFixedDelay(
                                OWN_WORK.apply(beans::follow), FOLLOW_SECONDS, FOLLOW_SECONDS, TimeUnit.SECONDS);
            });
        }
        protection.start("the admin server", () -> listen(config));
        protection.start("the watch over the configuration file", watch::start);
        protection.start(
                "the look for calls of other names",
                () -> protection
                        .scheduler()
                        .scheduleWithFixedDelay(
                                // The disk may be slow, and the circuits' own thread must not wait for it.
                                () -> new AgentThreads("others")
                                        .newThread(() -> tellOfOthers(config))
                                        .start(),
                                0,
                                OTHERS_SECONDS,
                                TimeUnit.SECONDS));
        String collector = config.telemetry().metricsOtlp();
        if (collector != null) {
            protection.start("the metrics to the collector", () -> sendMetrics(config, collector));
        }
        AgentLog.info(new StartLine(config, protection.circuits().mode(), adminUrl).text());
    }

    /** Nothing that was accepted may be forgotten because the application's name has changed. */
    private static void tellOfOthers(AgentConfig config) {
        for (Path left : new Identity(Environment.ofJvm()).leftBeside(config.application(), config.stateDir())) {
            if (!Stores.holdsCalls(left)) {
                continue;
            }
            AgentLog.warn(
                    "left-beside " + left,
                    "calls taken in charge under an earlier name of this application are in " + left
                            + " and are not made by this JVM, whose state is in " + config.stateDir()
                            + ": once no JVM uses them, move " + left.resolve("queue") + "/* to "
                            + config.stateDir().resolve("queue")
                            + " and start again, or start once with `state_dir: " + left + "`");
        }
    }

    private void listen(AgentConfig config) {
        AdminServer server = new AdminServer(config.admin(), surface, OWN_WORK);
        admin = server;
        adminUrl = server.start();
    }

    private void sendMetrics(AgentConfig config, String collector) {
        MetricFamilies families = new MetricFamilies(surface);
        metrics = new OtlpMetrics(
                config.application(),
                config.instance(),
                collector,
                config.telemetry().metricsProtocol(),
                config.telemetry().metricsInterval(),
                families::now,
                new AgentThreads("metrics"));
        metrics.start();
    }

    void apply(AgentConfig config) {
        roster.configTaken();
        observatory.apply(config);
        probes.apply(config);
        if (beans != null) {
            beans.update();
        }
    }

    @Override
    public void close() {
        watch.close();
        if (metrics != null) {
            metrics.close();
        }
        if (admin != null) {
            admin.close();
        }
        observatory.close();
        probes.close();
        if (beans != null) {
            beans.close();
        }
    }

    private static boolean hasManagement() {
        return ModuleLayer.boot().findModule("java.management").isPresent();
    }

    /** Loaded only where there is JMX. */
    private static final class Management {

        static void show(JmxBeans beans, Protection protection) {
            if (protection.managedBefore() && isThere()) {
                beans.register(ManagementFactory.getPlatformMBeanServer());
            } else {
                PlatformServer.JVM.follow(server -> protection.start("JMX", () -> beans.register(server)));
            }
        }

        /** Asked without making it. */
        private static boolean isThere() {
            ObjectName runtime = ManagementFactory.getRuntimeMXBean().getObjectName();
            for (MBeanServer server : MBeanServerFactory.findMBeanServer(null)) {
                if (server.isRegistered(runtime)) {
                    return true;
                }
            }
            return false;
        }
    }
}
