package dev.resilience.telemetry;

import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** One call's span as its caller pays for it: what is known, and when. Its attributes are made when it is sent. */
final class QueuedSpan extends EndedCall {

    private final SpanQueue queue;
    private final long startNanos;

    final TraceParent context;
    final @Nullable TraceParent parent;
    final @Nullable TraceParent link;
    final Instant start;

    // Written before the span is queued and read after.
    long durationNanos;

    /** @param parent that the application sends along itself, null when it sends none */
    QueuedSpan(SpanQueue queue, SpanSubject subject, @Nullable TraceParent parent, @Nullable TraceParent link) {
        super(subject);
        this.queue = queue;
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
    void ended() {
        durationNanos = System.nanoTime() - startNanos;
        queue.offer(this);
    }

    private static long nonZero(ThreadLocalRandom random) {
        long value = random.nextLong();
        return value == 0 ? 1 : value;
    }
}
