package dev.resilience.telemetry;

import dev.resilience.metrics.CallRecorder.EndpointRecorder;
import java.time.Instant;
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

    /**
     * @param context its own
     * @param parent that the application sends along itself, null when it sends none
     */
    QueuedSpan(
            SpanQueue queue,
            SpanSubject subject,
            TraceParent context,
            @Nullable TraceParent parent,
            @Nullable TraceParent link) {
        super(subject);
        this.queue = queue;
        this.context = context;
        this.parent = parent;
        this.link = link;
        this.start = Instant.now();
        this.startNanos = System.nanoTime();
    }

    /** One of something that is over. */
    QueuedSpan(SpanQueue queue, SpanSubject subject, Instant start, long durationNanos) {
        super(subject);
        this.queue = queue;
        this.parent = null;
        this.link = null;
        this.context = TraceParent.root(true);
        this.start = start;
        this.startNanos = System.nanoTime() - durationNanos;
    }

    @Override
    public @Nullable String traceparent() {
        return parent == null ? context.toString() : null;
    }

    @Override
    public String identity() {
        return context.toString();
    }

    @Override
    public void mark(EndpointRecorder figures, long durationNanos) {
        context.mark(figures, durationNanos);
    }

    @Override
    void ended() {
        durationNanos = System.nanoTime() - startNanos;
        queue.offer(this);
    }
}
