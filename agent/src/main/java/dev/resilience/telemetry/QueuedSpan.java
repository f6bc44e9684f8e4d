package dev.resilience.telemetry;

import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One call's span as its caller pays for it: what is known, and when. Its attributes are made when it is sent. */
final class QueuedSpan implements CallTracer.CallSpan {

    private final SpanQueue queue;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final long startNanos;

    final SpanSubject subject;
    final TraceParent context;
    final @Nullable TraceParent parent;
    final @Nullable TraceParent link;
    final Instant start;

    // Written before the span is queued and read after.
    long durationNanos;
    String state = "";

    @Nullable
    String outcome;

    @Nullable
    String fallback;

    int status;

    @Nullable
    Throwable failure;

    /** @param parent that the application sends along itself, null when it sends none */
    QueuedSpan(SpanQueue queue, SpanSubject subject, @Nullable TraceParent parent, @Nullable TraceParent link) {
        this.queue = queue;
        this.subject = subject;
        this.parent = parent;
        this.link = link;
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long traceLow = parent == null ? nonZero(random) : parent.traceLow();
        long traceHigh = parent == null ? random.nextLong() : parent.traceHigh();
        this.context = new TraceParent(traceHigh, traceLow, nonZero(random), true);
        this.start = Instant.now();
        this.startNanos = System.nanoTime();
    }

    @Override
    public @Nullable String traceparent() {
        return parent == null ? context.toString() : null;
    }

    @Override
    public void end(
            String state,
            @Nullable String outcome,
            @Nullable String fallback,
            int status,
            @Nullable Throwable failure) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        durationNanos = System.nanoTime() - startNanos;
        this.state = state;
        this.outcome = outcome;
        this.fallback = fallback;
        this.status = status;
        this.failure = failure;
        queue.offer(this);
    }

    private static long nonZero(ThreadLocalRandom random) {
        long value = random.nextLong();
        return value == 0 ? 1 : value;
    }
}
