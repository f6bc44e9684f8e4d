package dev.resilience.admin;

import dev.resilience.breaker.Transition;
import dev.resilience.config.AgentConfig;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.Backlog;
import dev.resilience.fallback.QueuedCall;
import dev.resilience.health.FakeCircuits;
import dev.resilience.health.Forecasts;
import dev.resilience.health.LocalLeases;
import dev.resilience.health.OwnArchive;
import dev.resilience.health.ProbeRecords;
import dev.resilience.health.Probes;
import dev.resilience.health.Samples;
import dev.resilience.health.SystemHealth;
import dev.resilience.health.roster.Roster;
import dev.resilience.health.snapshot.LocalSnapshots;
import dev.resilience.health.snapshot.Snapshots;
import dev.resilience.metrics.CallMetrics;
import dev.resilience.metrics.Chronicle;
import dev.resilience.metrics.FleetFigures;
import dev.resilience.metrics.MinuteLog;
import dev.resilience.metrics.Scribe;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/** The surfaces over circuits whose states a test sets; optionally with a server. */
public final class AdminFixture implements AutoCloseable {

    public static final long NOW = 1_760_000_000_000L;

    public final AgentConfig config;
    public final FakeCircuits circuits;
    public final CallMetrics metrics = new CallMetrics(System::nanoTime);
    public final EventLog events = new EventLog();
    public final Probes probes;
    public final Surface surface;

    /** What probes found. */
    public final ProbeRecords probed;

    final MinuteLog minutes;
    final FakeCalls calls = new FakeCalls();

    /** Instances of the fleet beside this one, and what each told. */
    public final FakeRoster others = new FakeRoster();

    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private final Scribe scribe;
    private AdminServer server;

    public AdminFixture() {
        this(Samples.chain());
    }

    public AdminFixture(AgentConfig config) {
        this(config, () -> NOW);
    }

    AdminFixture(AgentConfig config, LongSupplier clock) {
        this.config = config;
        this.circuits = new FakeCircuits(config.services().keySet());
        this.probes = new Probes(
                new LocalLeases(),
                (service, probe, timeout) -> null,
                target -> {
                    throw new UnsupportedOperationException();
                },
                result -> {},
                UnaryOperator.identity(),
                System::nanoTime,
                clock);
        this.minutes = new MinuteLog(clock);
        this.scribe = new Scribe(metrics, minutes, null, "writer", scheduler, System::nanoTime, clock);
        Chronicle chronicle = new Chronicle(System::nanoTime);
        SystemHealth health = new SystemHealth(() -> config, circuits);
        FleetFigures figures = new FleetFigures(scribe, minutes, chronicle, null, null);
        this.probed = new ProbeRecords(new OwnArchive(clock), null, clock);
        this.surface = new Surface.Builder("1.2.3")
                .config(() -> config)
                .circuits(circuits)
                .health(health)
                .roster(new Roster(() -> config, "1.2.3", () -> "local", this::configError, others, scheduler, clock))
                .snapshots(new Snapshots(
                        "booking-1",
                        circuits,
                        health,
                        new LocalSnapshots(System::nanoTime),
                        null,
                        () -> true,
                        scheduler,
                        clock))
                .probes(probes)
                .metrics(metrics)
                .fleet(figures)
                .probeRecords(probed)
                .forecasts(new Forecasts(probed, figures, clock))
                .events(events)
                .backlog(new Backlog(calls, () -> config.services().keySet(), clock))
                .reload(() -> "unchanged")
                .epochMillis(clock)
                .build();
        circuits.addListener(chronicle);
        circuits.addListener(events);
        circuits.addListener(metrics);
    }

    /** Starts a server on a free port of loopback, or as the configuration says. */
    public String serve() {
        return serve(config.admin(), Duration.ofSeconds(15));
    }

    String serve(AgentConfig.Admin admin, Duration patience) {
        server = new AdminServer(admin, surface, UnaryOperator.identity(), patience);
        return server.start();
    }

    /** A booking that waits, or that a person has to look at. @param reason null when it waits */
    public void keep(String id, String service, String reason) {
        calls.add(booking(id, service, reason), 100);
    }

    /** A booking that a person has to look at first. */
    public void keepCritical(String id, String service) {
        byte[] bytes = booking(id, service, "8 attempts failed").toBytes();
        byte[] flagged = Arrays.copyOf(bytes, bytes.length + 1);
        flagged[bytes.length] = 1;
        calls.add(Objects.requireNonNull(QueuedCall.read(flagged)), 100);
    }

    private static QueuedCall booking(String id, String service, String reason) {
        return new QueuedCall(
                id,
                service,
                service + "_call",
                new QueuedCall.Http(
                        "POST",
                        URI.create("https://api.cal.com/v1/bookings?apiKey=hunter2"),
                        List.of(new Answer.Header("Authorization", "Bearer hunter2")),
                        "{\"name\":\"Ann\",\"password\":\"hunter2\"}".getBytes(StandardCharsets.UTF_8)),
                new QueuedCall.Terms(8, 1_000, 60_000),
                null,
                NOW,
                NOW + 86_400_000,
                "key-" + id,
                null,
                reason,
                2,
                List.of(new QueuedCall.Event(NOW + 1_000, "booking-1", "status 503")));
    }

    private String configError() {
        return surface.configError();
    }

    /** Starts a server that needs a token. */
    public String serveWithToken(String token) {
        return serve(new AgentConfig.Admin(true, "127.0.0.1", 0, token), Duration.ofSeconds(15));
    }

    /** Starts a server where one was stopped. */
    public String serveAt(int port) {
        return serve(new AgentConfig.Admin(true, "127.0.0.1", port, null), Duration.ofSeconds(15));
    }

    public void stopServing() {
        server.close();
    }

    public void happened(Transition transition) {
        events.onTransition(transition);
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
        scribe.close();
        scheduler.shutdownNow();
        probes.close();
    }
}
