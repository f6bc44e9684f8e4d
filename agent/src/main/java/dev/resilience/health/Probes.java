package dev.resilience.health;

import dev.resilience.config.AgentConfig;
import dev.resilience.config.ServiceConfig;
import dev.resilience.config.ServiceConfig.ProbeConfig;
import dev.resilience.log.AgentLog;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The probes of all services, in the background. Thread-safe. Nothing runs before {@link #apply}, and no thread exists while
 * no service has a probe.
 *
 * <p>One thread keeps time. What waits in a driver does so on threads that end when idle: one at most per SQL probe, because
 * a probe whose driver has not come back is not asked again, and a few for HTTP answers.
 * When another instance holds the lease, views say so.
 */
public final class Probes implements AutoCloseable {

    private static final long IDLE_SECONDS = 15;

    private final Leases leases;
    private final SqlProbeConnections connections;
    private final RedisPing redis;
    private final ProbeListener listener;
    private final UnaryOperator<Runnable> asOwnWork;
    private final LongSupplier nanoTime;
    private final LongSupplier epochMillis;

    private final Map<String, ProbeTask> tasks = Collections.synchronizedMap(new LinkedHashMap<>());
    private @Nullable ScheduledThreadPoolExecutor timer;
    private @Nullable ThreadPoolExecutor waiters;
    private boolean closed;

    /**
     * @param asOwnWork marks all that a piece of work does as the agent's own, so that it is never guarded; wrapped once
     *     around the whole life of each thread
     * @param nanoTime monotonic
     * @param epochMillis Unix milliseconds, for display only
     */
    public Probes(
            Leases leases,
            SqlProbeConnections connections,
            RedisPing redis,
            ProbeListener listener,
            UnaryOperator<Runnable> asOwnWork,
            LongSupplier nanoTime,
            LongSupplier epochMillis) {
        this.leases = leases;
        this.connections = connections;
        this.redis = redis;
        this.listener = listener;
        this.asOwnWork = asOwnWork;
        this.nanoTime = nanoTime;
        this.epochMillis = epochMillis;
    }

    /** Probes what {@code config} says from now on; probes that did not change go on. */
    public synchronized void apply(AgentConfig config) {
        if (closed) {
            return;
        }
        Map<String, ProbeTask> before = new LinkedHashMap<>(tasks);
        Map<String, ProbeTask> after = new LinkedHashMap<>();
        List<ProbeTask> added = new ArrayList<>();
        for (ServiceConfig service : config.services().values()) {
            ProbeConfig probe = service.probe();
            if (probe == null) {
                continue;
            }
            ProbeTask old = before.get(service.name());
            if (old != null && old.config().equals(probe)) {
                after.put(service.name(), old);
                before.remove(service.name());
                continue;
            }
            try {
                ProbeTask task = task(service.name(), probe);
                after.put(service.name(), task);
                added.add(task);
            } catch (RuntimeException | LinkageError unusable) {
                AgentLog.warn("probe-" + service.name(), "the probe of " + service.name() + " cannot run", unusable);
            }
        }
        before.values().forEach(ProbeTask::stop);
        synchronized (tasks) {
            tasks.clear();
            tasks.putAll(after);
        }
        added.forEach(ProbeTask::start);
    }

    /** All probes, in file order. */
    public List<ProbeView> views() {
        synchronized (tasks) {
            return tasks.values().stream().map(ProbeTask::view).toList();
        }
    }

    /** Asks a service once, for another instance; fails where this one cannot tell. */
    public CompletionStage<Boolean> opinion(String service) {
        ProbeTask task = tasks.get(service);
        return task == null
                ? CompletableFuture.failedFuture(new IllegalStateException("no probe of " + service))
                : task.opinion();
    }

    @Override
    public synchronized void close() {
        closed = true;
        synchronized (tasks) {
            tasks.values().forEach(ProbeTask::stop);
        }
        if (timer != null) {
            timer.shutdown();
        }
        if (waiters != null) {
            waiters.shutdown();
        }
    }

    private ProbeTask task(String service, ProbeConfig probe) {
        return new ProbeTask(service, probe, check(service, probe), leases, listener, timer(), nanoTime, epochMillis);
    }

    private Check check(String service, ProbeConfig probe) {
        if (probe instanceof ProbeConfig.Http http) {
            return new HttpCheck(http, waiters());
        }
        if (probe instanceof ProbeConfig.Sql sql) {
            return new SqlCheck(service, sql, connections, waiters());
        }
        return new RedisCheck((ProbeConfig.Redis) probe, redis);
    }

    private synchronized ScheduledThreadPoolExecutor timer() {
        if (timer == null) {
            timer = new ScheduledThreadPoolExecutor(1, threads("resilience-probe-timer-"));
            timer.setRemoveOnCancelPolicy(true);
            timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        }
        return timer;
    }

    private synchronized ThreadPoolExecutor waiters() {
        if (waiters == null) {
            waiters = new ThreadPoolExecutor(
                    0,
                    Integer.MAX_VALUE,
                    IDLE_SECONDS,
                    TimeUnit.SECONDS,
                    new SynchronousQueue<>(),
                    threads("resilience-probe-"));
        }
        return waiters;
    }

    private ThreadFactory threads(String prefix) {
        AtomicInteger number = new AtomicInteger();
        return work -> {
            Thread thread = new Thread(asOwnWork.apply(work), prefix + number.incrementAndGet());
            thread.setDaemon(true);
            thread.setContextClassLoader(Probes.class.getClassLoader());
            return thread;
        };
    }
}
