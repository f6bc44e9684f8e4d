package dev.resilience.guard;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.Circuits;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.ServiceConfig;
import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.QueuedStatements;
import dev.resilience.log.AgentLog;
import dev.resilience.telemetry.CallTracer;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the calls that were taken in charge, in the background. Thread-safe. No thread exists while no service has anything
 * to be made.
 *
 * <p>Every attempt asks the circuit for a permit and tells it the outcome. While the circuit is OPEN nothing is attempted,
 * in HALF_OPEN one call at a time, and after that more with every success, so that a backlog is never the next outage.
 */
public final class Resender implements AutoCloseable {

    /** While calls are made or may be soon. */
    private static final long TICK_MILLIS = 250;

    /** Also while nothing waits anywhere: no thread of an idle application should wake up for nothing. */
    private static final long TENDING_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int LOOKS_PER_WIDE_LOOK = 10;

    private final Map<String, ServiceBacklog> backlogs = new LinkedHashMap<>();

    private Map<String, ServiceConfig> services = Map.of();

    private final CallStore calls;
    private final Circuits circuits;
    private final CallTracer tracer;
    private final QueuedStatements statements;
    private final OwnClient client;
    private final Consumer<URI> changed;
    private final String instance;
    private final ThreadFactory threads;
    private final LongSupplier nanoTime;
    private final LongSupplier epochMillis;
    private @Nullable ScheduledThreadPoolExecutor timer;
    private @Nullable Attempts attempts;
    private boolean closed;

    /** Used by the timer's thread only. */
    private long tendAtNanos;

    /** Used by who looks for what was left. */
    private int looks;

    /**
     * @param changed told of each address that a call changed
     * @param threads makes daemons whose calls are never guarded
     * @param nanoTime monotonic
     * @param epochMillis Unix milliseconds, for histories and expiry
     */
    public Resender(
            CallStore calls,
            Circuits circuits,
            CallTracer tracer,
            QueuedStatements statements,
            OwnClient client,
            Consumer<URI> changed,
            String instance,
            ThreadFactory threads,
            LongSupplier nanoTime,
            LongSupplier epochMillis) {
        this.calls = calls;
        this.circuits = circuits;
        this.tracer = tracer;
        this.statements = statements;
        this.client = client;
        this.changed = changed;
        this.instance = instance;
        this.threads = threads;
        this.nanoTime = nanoTime;
        this.epochMillis = epochMillis;
        this.tendAtNanos = nanoTime.getAsLong();
    }

    /** Works on the services of this configuration from now on. */
    public synchronized void apply(AgentConfig config) {
        if (closed) {
            return;
        }
        services = config.services();
        Map<String, ServiceBacklog> before = new HashMap<>(backlogs);
        backlogs.clear();
        for (ServiceConfig service : services.values()) {
            if (takesCharge(service)) {
                work(service.name(), before.get(service.name()));
            }
        }
        before.keySet().removeAll(backlogs.keySet());
        // What cannot be asked now is worked on: it may have calls.
        before.forEach((service, backlog) -> calls.size(CallStore.Place.QUEUE, service)
                .whenComplete((waiting, failure) -> leave(service, failure == null ? waiting : 1, backlog)));
    }

    /**
     * Looks for calls that wait though nobody works on their service: of an earlier process or of one that has ended, accepted
     * while the configuration changed, put back by a person. To be asked now and then; never waits, never throws.
     */
    public void lookForLeft() {
        try {
            if (isIdle()) {
                // Journals of JVMs that ended are taken over, and handed to the fleet.
                calls.tend();
            }
            // What others accepted comes seldom, and asking the fleet costs it with every instance.
            boolean everybodys = looks++ % LOOKS_PER_WIDE_LOOK == 0;
            calls.services().thenCombine(everybodys ? calls.named() : calls.services(), (own, all) -> {
                for (String service : all) {
                    if (!worksOn(service)) {
                        calls.size(CallStore.Place.QUEUE, service)
                                .thenAccept(waiting -> left(service, waiting, own.contains(service)));
                    }
                }
                return null;
            });
        } catch (RuntimeException failure) {
            AgentLog.warn("resend-left", "calls that were left could not be looked for", failure);
        }
    }

    /** @param ours whether this instance, or one whose disk it took over, accepted some of them */
    private void left(String service, long waiting, boolean ours) {
        if (ours || isConfigured(service)) {
            leave(service, waiting, null);
        } else if (waiting > 0) {
            // Another application of the same Redis may have it, with a circuit and access of its own.
            AgentLog.warn(
                    "left in the fleet " + service,
                    waiting + (waiting == 1 ? " call waits" : " calls wait") + " in Redis for '" + service
                            + "', which this application does not have and none of its instances accepted here:"
                            + " `queue list` shows them");
        }
    }

    private synchronized boolean isConfigured(String service) {
        return services.containsKey(service);
    }

    private synchronized boolean isIdle() {
        return timer == null && !closed;
    }

    private synchronized boolean worksOn(String service) {
        return backlogs.containsKey(service);
    }

    /** What was taken in charge is made, whatever has become of its service or its rule since. */
    private synchronized void leave(String service, long waiting, @Nullable ServiceBacklog known) {
        if (waiting == 0 || closed || backlogs.containsKey(service)) {
            return;
        }
        boolean gone = !services.containsKey(service);
        if (!gone && circuits.find(service) == null) {
            return;
        }
        AgentLog.warn(
                "left " + service + gone,
                waiting + (waiting == 1 ? " call waits" : " calls wait") + " that '" + service + "' took in charge, "
                        + (gone
                                ? "which the configuration has no more: made without a circuit"
                                : "which takes no more of them: made all the same"));
        work(service, known);
    }

    private void work(String service, @Nullable ServiceBacklog known) {
        ServiceBacklog backlog = known != null
                ? known
                : new ServiceBacklog(calls, attempts(), changed, epochMillis, instance, this::soon);
        ServiceConfig config = services.get(service);
        Circuit circuit = config == null ? null : circuits.find(service);
        if (config == null) {
            backlog.orphan(service);
        } else if (circuit == null) {
            return;
        } else {
            backlog.apply(config, circuit);
        }
        backlogs.put(service, backlog);
        if (timer == null) {
            ScheduledThreadPoolExecutor fresh = new ScheduledThreadPoolExecutor(1, threads);
            fresh.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
            fresh.schedule(this::tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
            timer = fresh;
        }
    }

    /** Attempts under way are given up; their calls are due again when their holds end. */
    @Override
    public synchronized void close() {
        closed = true;
        if (timer != null) {
            timer.shutdownNow();
        }
    }

    private static boolean takesCharge(ServiceConfig service) {
        for (EndpointConfig endpoint : service.endpoints()) {
            for (EndpointConfig.Fallback link : endpoint.fallback()) {
                if (link instanceof EndpointConfig.Fallback.Queue
                        || link instanceof EndpointConfig.Fallback.ManualReview) {
                    return true;
                }
            }
        }
        return false;
    }

    private void tick() {
        long rest = TENDING_NANOS;
        try {
            ServiceBacklog[] all;
            synchronized (this) {
                all = backlogs.values().toArray(new ServiceBacklog[0]);
            }
            long now = nanoTime.getAsLong();
            if (now - tendAtNanos >= 0) {
                tendAtNanos = now + TENDING_NANOS;
                calls.tend();
            }
            rest = calls.isUnused() ? ServiceBacklog.QUIET_NANOS : TENDING_NANOS;
            for (ServiceBacklog backlog : all) {
                work(backlog);
                rest = Math.min(rest, backlog.restNanos());
            }
        } finally {
            plan(rest);
        }
    }

    private synchronized void plan(long restNanos) {
        if (timer != null && !closed) {
            long millis = Math.max(TICK_MILLIS, TimeUnit.NANOSECONDS.toMillis(restNanos));
            timer.schedule(this::tick, millis, TimeUnit.MILLISECONDS);
        }
    }

    private void work(ServiceBacklog backlog) {
        try {
            backlog.work(nanoTime.getAsLong());
        } catch (RuntimeException | LinkageError failure) {
            AgentLog.warn("resend", "queued calls could not be made", failure);
        }
    }

    /** A backlog that goes well does not wait for the next tick. */
    private synchronized void soon(ServiceBacklog backlog) {
        if (timer != null && !closed) {
            timer.execute(() -> work(backlog));
        }
    }

    private Attempts attempts() {
        Attempts known = attempts;
        if (known == null) {
            known = new Attempts(client, tracer, statements, nanoTime);
            attempts = known;
        }
        return known;
    }

    /** Longest an attempt takes where its rule has no deadline. */
    static final Duration USUAL_DEADLINE = Duration.ofSeconds(30);
}
