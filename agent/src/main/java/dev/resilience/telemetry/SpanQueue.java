package dev.resilience.telemetry;

import dev.resilience.log.AgentLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Ended spans on their way out: bounded, sent in batches by one thread. Thread-safe; offering never waits.
 *
 * <p>OpenTelemetry's own batch processor does this too, on a thread that we could neither name nor mark as the agent's own,
 * and for spans that cost their caller much more.
 */
final class SpanQueue implements Runnable, AutoCloseable {

    static final int MOST_WAITING = 4_096;
    static final int BATCH = 512;
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LAST_MILLIS = 1_000;

    private final ConcurrentLinkedQueue<QueuedSpan> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final LongAdder dropped = new LongAdder();
    private final Supplier<SpanSender> senders;
    private final Thread thread;
    private boolean started;
    private volatile boolean closed;

    /** @param senders asked once, on the thread that sends */
    SpanQueue(Supplier<SpanSender> senders, ThreadFactory threads) {
        this.senders = senders;
        this.thread = threads.newThread(this);
    }

    /** Begins to send; what was offered before goes first. A second start does nothing. */
    synchronized void start() {
        if (!started) {
            started = true;
            thread.start();
        }
    }

    void offer(QueuedSpan span) {
        int count = size.incrementAndGet();
        if (count > MOST_WAITING || closed) {
            size.decrementAndGet();
            dropped.increment();
            return;
        }
        waiting.add(span);
        if (count == BATCH) {
            LockSupport.unpark(thread);
        }
    }

    long dropped() {
        return dropped.sum();
    }

    @Override
    public void close() {
        closed = true;
        if (!waiting.isEmpty()) {
            start();
        }
        LockSupport.unpark(thread);
        try {
            thread.join(LAST_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sends until it is closed: what its thread does. */
    @Override
    public void run() {
        SpanSender sender;
        try {
            sender = senders.get();
        } catch (RuntimeException | LinkageError failure) {
            AgentLog.warn("traces", "spans cannot be sent", failure);
            return;
        }
        while (!closed) {
            if (size.get() < BATCH) {
                LockSupport.parkNanos(this, PAUSE_NANOS);
            }
            sendAll(sender);
        }
        sendAll(sender);
        sender.close();
    }

    private void sendAll(SpanSender sender) {
        try {
            List<QueuedSpan> batch = next();
            while (!batch.isEmpty()) {
                if (!sender.send(batch)) {
                    dropped.add(batch.size());
                }
                batch = next();
            }
        } catch (RuntimeException | LinkageError failure) {
            AgentLog.warn("traces", "spans could not be sent", failure);
        }
    }

    private List<QueuedSpan> next() {
        List<QueuedSpan> batch = new ArrayList<>();
        while (batch.size() < BATCH) {
            QueuedSpan span = waiting.poll();
            if (span == null) {
                break;
            }
            size.decrementAndGet();
            batch.add(span);
        }
        return batch;
    }
}
