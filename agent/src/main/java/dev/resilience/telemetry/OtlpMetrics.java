package dev.resilience.telemetry;

import dev.resilience.log.AgentLog;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends this instance's figures to a collector over OTLP, by HTTP or gRPC, at an interval, and once more at the end. Thread-safe.
 *
 * <p>One thread of the agent's reads and sends, the only one that loads OpenTelemetry. Sums count from the start on, so what
 * a collector misses, the next time tells it.
 */
public final class OtlpMetrics implements AutoCloseable {

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final long LAST_MILLIS = 1_000;

    private final Supplier<CompletionStage<MetricSnapshots>> figures;
    private final Supplier<MetricSender> senders;
    private final long intervalNanos;
    private final Thread thread;
    private volatile boolean closed;

    /**
     * @param endpoint base address of the collector; over HTTP figures go to {@code /v1/metrics} below it
     * @param protocol {@code grpc} or {@code http/protobuf}; null: by the address's port
     * @param interval from one time to the next, a second at least
     * @param figures sums since the start
     * @param threads makes the one thread that sends; what it calls must not be guarded
     */
    public OtlpMetrics(
            String application,
            String instance,
            String endpoint,
            @Nullable String protocol,
            Duration interval,
            Supplier<CompletionStage<MetricSnapshots>> figures,
            ThreadFactory threads) {
        this.figures = figures;
        long startMillis = System.currentTimeMillis();
        CollectorAddress collector = CollectorAddress.of(endpoint, "/v1/metrics", protocol);
        senders = () -> new MetricSender(application, instance, collector, startMillis);
        intervalNanos = (interval.compareTo(SHORTEST) < 0 ? SHORTEST : interval).toNanos();
        thread = threads.newThread(this::run);
    }

    public void start() {
        thread.start();
    }

    /** Sends once more, for a second at most, and stops. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join(LAST_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (MetricSender sender = senders.get()) {
            long next = System.nanoTime();
            boolean last = false;
            while (!last) {
                next += intervalNanos;
                for (long left = intervalNanos; left > 0 && !closed; left = next - System.nanoTime()) {
                    LockSupport.parkNanos(this, left);
                }
                last = closed;
                send(sender);
                // A collector that took longer than the interval is not sent the missed rounds all at once.
                next = Math.max(next, System.nanoTime() - intervalNanos);
            }
        } catch (RuntimeException | LinkageError failure) {
            AgentLog.warn("otlp-metrics", "metrics cannot be sent", failure);
        }
    }

    private void send(MetricSender sender) {
        try {
            sender.send(figures.get().toCompletableFuture().get(LAST_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException stop) {
            closed = true;
        } catch (Exception | LinkageError failure) {
            AgentLog.warn("otlp-metrics", "metrics could not be sent", failure);
        }
    }
}
