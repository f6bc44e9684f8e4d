package dev.resilience.agent;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.ServiceConfig;
import dev.resilience.fallback.AnswerKeys;
import dev.resilience.fallback.Backlog;
import dev.resilience.fallback.FallbackChain;
import dev.resilience.fallback.FallbackChains;
import dev.resilience.fallback.WatchedCalls;
import dev.resilience.guard.AgentThreads;
import dev.resilience.guard.CallGuard;
import dev.resilience.guard.OwnClient;
import dev.resilience.guard.Resender;
import dev.resilience.instrument.Clients;
import dev.resilience.instrument.Gates;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import dev.resilience.instrument.Weaver;
import dev.resilience.instrument.http.StandIn;
import dev.resilience.instrument.management.PlatformServer;
import dev.resilience.log.AgentLog;
import dev.resilience.metrics.CallMetrics;
import dev.resilience.store.Stores;
import dev.resilience.telemetry.ApplicationTraces;
import dev.resilience.telemetry.CallTracer;
import dev.resilience.telemetry.JoiningTracer;
import dev.resilience.telemetry.OtlpTracer;
import java.lang.instrument.Instrumentation;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Everything that runs in a protected JVM, and the order in which it comes and goes.
 *
 * <p>{@link #begin()} does what must be there before the application's first call; {@link #complete()} the rest, on a thread
 * of the agent's own: until then calls pass and are counted. Thread-safe.
 */
final class Protection implements AutoCloseable {

    private final ScheduledThreadPoolExecutor scheduler;
    private final Stores stores;
    private final CircuitRegistry circuits;
    private final CallMetrics metrics;
    /** Null where no collector is configured. */
    private final @Nullable OtlpTracer tracer;

    private final CallGuard guard;
    private final OwnClient ownClient;
    private final WatchedCalls calls;
    private final AnswerKeys answerKeys;
    private final Resender resender;
    /** By then Redis has been met, and the journals of JVMs that ended have been taken over. */
    private static final long LEFT_FIRST_SECONDS = 5;

    private static final long LEFT_SECONDS = 30;

    private static final long LOG_IDLE_SECONDS = 10;

    private static final Duration LAST_LINES = Duration.ofMillis(500);

    /** Lines kept for a standard error that nobody reads. */
    private static final int MOST_UNWRITTEN = 1_000;

    private final Backlog backlog;
    private final Weaver weaver;
    private final Gates gates;
    private volatile AgentConfig config;
    private volatile @Nullable Surroundings surroundings;
    private volatile boolean closed;
    /** Whether {@link #complete()} is where nobody else may be; whoever ends the JVM meanwhile has nothing to wait for. */
    private volatile boolean opening;
    /** Whether somebody may have had the platform's MBean server before anybody could be seen to ask for it. */
    private volatile boolean managedBefore;

    Protection(AgentConfig config, Instrumentation instrumentation) {
        this.config = config;
        scheduler = new ScheduledThreadPoolExecutor(1, new AgentThreads("scheduler"));
        scheduler.setRemoveOnCancelPolicy(true);
        scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        stores = Stores.of(config.redis(), config.instance(), new AgentThreads("store"), config.stateDir());
        circuits =
                new CircuitRegistry(stores.breakers(), config.instance(), scheduler, Clocks.NANOS, Clocks.UNIX_MILLIS);
        metrics = new CallMetrics(Clocks.NANOS);
        String collector = config.telemetry().otlp();
        tracer = collector == null
                ? null
                : new OtlpTracer(
                        config.application(),
                        config.instance(),
                        collector,
                        config.telemetry().otlpProtocol(),
                        config.telemetry().sample(),
                        new AgentThreads("traces"));
        CallTracer spans = new JoiningTracer(tracer == null ? CallTracer.NONE : tracer, ApplicationTraces.ALL);
        answerKeys = AnswerKeys.of(config);
        calls = new WatchedCalls(stores.calls(config.stateDir()));
        ownClient = new OwnClient(new AgentThreads("client"));
        guard = new CallGuard(
                circuits,
                metrics,
                spans,
                new Chains(new FallbackChains(stores.answers(), answerKeys, calls, Clocks.UNIX_MILLIS)
                        .withRegions(circuits, ownClient, Clocks.NANOS)),
                Clocks.NANOS);
        resender = new Resender(
                calls,
                circuits,
                spans,
                new Statements(),
                ownClient,
                guard::changed,
                config.instance(),
                new AgentThreads("queue"),
                Clocks.NANOS,
                Clocks.UNIX_MILLIS);
        backlog = new Backlog(calls, () -> this.config.services().keySet(), Clocks.UNIX_MILLIS);
        List<WeavePoint> points = Clients.points();
        weaver = new Weaver(instrumentation, points);
        gates = new Gates(points, guard);
    }

    /** Weaves, and lets every matching call be decided from now on. */
    void begin() {
        apply(config);
        managedBefore = weaver.outcomes().containsKey(PlatformServer.MAKER);
        Bridge.followManagement(PlatformServer.JVM);
        Bridge.connect(gates.gate());
        Runtime.getRuntime().addShutdownHook(new AgentThreads("stop").newThread(new Runnable() {
                    @Override
                    public void run() {
                        close();
                    }
                }));
    }

    /** Opens the stores and shows everything. */
    void complete() {
        opening = true;
        try {
            open();
        } finally {
            opening = false;
        }
        if (closed) {
            return;
        }
        Surroundings opened = surroundings;
        if (opened != null) {
            opened.start();
        }
        start("the retry queue", () -> {
            resender.apply(config);
            scheduler.scheduleWithFixedDelay(resender::lookForLeft, LEFT_FIRST_SECONDS, LEFT_SECONDS, TimeUnit.SECONDS);
        });
        prepareAnswers(config);
    }

    private synchronized void open() {
        if (closed) {
            return;
        }
        start(
                "the log's own thread",
                () -> AgentLog.writeOn(AgentThreads.one(new AgentThreads("log"), LOG_IDLE_SECONDS, MOST_UNWRITTEN)));
        start("what watches and shows", () -> surroundings = new Surroundings(this));
        start("the shared state of circuits", circuits::start);
        if (tracer != null) {
            circuits.addListener(tracer);
            start("the export of traces", tracer::start);
        }
    }

    private void prepareAnswers(AgentConfig wanted) {
        List<EndpointConfig> endpoints = wanted.services().values().stream()
                .flatMap(service -> service.endpoints().stream())
                .toList();
        if (endpoints.stream().anyMatch(EndpointConfig::keepsAnswers)) {
            start("the keeping of answers", stores.answers()::prepare);
            start("the names of answers", answerKeys::prepare);
        }
        if (endpoints.stream().anyMatch(endpoint -> !endpoint.fallback().isEmpty())) {
            start("the names of clients", StandIn::prepare);
        }
    }

    /** Starts a part of the agent. One that cannot start is said, and the others go on without it. */
    void start(String part, Runnable start) {
        try {
            start.run();
        } catch (Throwable failure) {
            // What fails while the JVM ends is nobody's trouble.
            if (!closed) {
                AgentLog.warn("start:" + part, part + " could not start, the agent goes on without", failure);
            }
        }
    }

    /** Puts another configuration into force. Circuits keep their states, calls that run end by the rules they began with. */
    synchronized void apply(AgentConfig wanted) {
        if (closed) {
            return;
        }
        Map<String, BreakerSettings> settings = new LinkedHashMap<>();
        Set<String> perHost = new HashSet<>();
        Set<RuleKind> kinds = EnumSet.of(RuleKind.NONE);
        for (ServiceConfig service : wanted.services().values()) {
            settings.put(service.name(), BreakerSettings.of(service));
            if (service.perHost()) {
                perHost.add(service.name());
            }
            for (String region : FallbackChains.regionCircuits(service)) {
                settings.put(region, BreakerSettings.ofRegion(service));
            }
            for (EndpointConfig endpoint : service.endpoints()) {
                kinds.add(RuleKind.ANY);
                kinds.add(endpoint.match() instanceof EndpointConfig.Match.Http ? RuleKind.HTTP : RuleKind.JDBC);
            }
        }
        stores.take(wanted.redis());
        circuits.apply(settings, perHost);
        guard.apply(wanted);
        config = wanted;
        weaver.weave(kinds);
        if (surroundings != null) {
            surroundings.apply(wanted);
            resender.apply(wanted);
            prepareAnswers(wanted);
        }
    }

    AgentConfig config() {
        return config;
    }

    Stores stores() {
        return stores;
    }

    Weaver weaver() {
        return weaver;
    }

    boolean managedBefore() {
        return managedBefore;
    }

    /** Calls that were taken in charge, to be shown. */
    Backlog backlog() {
        return backlog;
    }

    AnswerKeys answerKeys() {
        return answerKeys;
    }

    WatchedCalls calls() {
        return calls;
    }

    /** Null where no collector is configured. */
    @Nullable
    OtlpTracer tracer() {
        return tracer;
    }

    CircuitRegistry circuits() {
        return circuits;
    }

    CallMetrics metrics() {
        return metrics;
    }

    ScheduledThreadPoolExecutor scheduler() {
        return scheduler;
    }

    /**
     * Every call passes from now on. What is woven stays so: taking it out costs a JVM that ends more than it gives. A program
     * that is done before the agent is whole does not wait for it: nobody was told anything yet that would have to be taken back.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        Bridge.connect(null);
        Bridge.followManagement(null);
        if (!opening) {
            closeParts();
        }
        AgentLog.awaitWritten(LAST_LINES);
    }

    private synchronized void closeParts() {
        try {
            if (surroundings != null) {
                surroundings.close();
            }
            resender.close();
            ownClient.close();
            circuits.close();
            stores.close();
            if (tracer != null) {
                tracer.close();
            }
        } catch (RuntimeException | LinkageError failure) {
            AgentLog.warn("stop", "the agent did not stop cleanly", failure);
        }
        scheduler.shutdownNow();
    }

    private static final class Chains implements CallGuard.Chains {

        private final FallbackChains chains;

        Chains(FallbackChains chains) {
            this.chains = chains;
        }

        @Override
        public FallbackChain of(ServiceConfig service, EndpointConfig endpoint) {
            return chains.of(service, endpoint);
        }
    }
}
