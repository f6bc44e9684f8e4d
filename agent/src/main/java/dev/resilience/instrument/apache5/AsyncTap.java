package dev.resilience.instrument.apache5;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.Ruling;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.ResponseHead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.nio.AsyncResponseConsumer;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the application's consumer for one attempt. A failed response is held back until it is known whether something
 * takes its place, as much of it as the client sends before it is given more room; any other is handed on as it comes. Called
 * on the client's I/O threads, which it never makes wait.
 */
final class AsyncTap<T> implements AsyncResponseConsumer<Object> {

    /** Bytes of a replaced response that are read; a longer one ends with its connection. */
    private static final long WORTH_READING = 1 << 20;

    private enum State {
        /** For the response's head. */
        WAITS,
        HOLDS,
        HANDS_ON,
        /** Something else takes the attempt's place. */
        DROPS
    }

    private final AsyncExecution<T> execution;
    private final AsyncResponseConsumer<T> consumer;
    private final HttpCall call;

    /** What was held back, in order. */
    private final Deque<Signal> held = new ArrayDeque<>();

    private State state = State.WAITS;
    private boolean bodyEnded;
    private boolean aborted;
    private long dropped;
    private @Nullable Future<?> future;
    private @Nullable FutureCallback<Object> clients;
    private @Nullable CapacityChannel room;
    private @Nullable Body body;

    AsyncTap(AsyncExecution<T> execution, HttpCall call) {
        this.execution = execution;
        this.consumer = execution.consumer();
        this.call = call;
    }

    /** Something that the client tells the application's consumer. */
    @FunctionalInterface
    private interface Signal {
        void give() throws HttpException, IOException;
    }

    /** The client has begun, and may have ended, what this future stands for. */
    void runs(Future<?> made) {
        boolean late;
        synchronized (this) {
            future = made;
            late = aborted;
        }
        if (late) {
            made.cancel(true);
        }
    }

    /** Ends the attempt. */
    void abort() {
        Future<?> made;
        synchronized (this) {
            aborted = true;
            made = future;
        }
        if (made != null) {
            made.cancel(true);
        }
    }

    @Override
    public void informationResponse(HttpResponse response, HttpContext context) throws HttpException, IOException {
        consumer.informationResponse(response, context);
    }

    @Override
    public void consumeResponse(
            HttpResponse response,
            @Nullable EntityDetails details,
            HttpContext context,
            FutureCallback<Object> resultCallback)
            throws HttpException, IOException {
        synchronized (this) {
            if (state != State.WAITS) {
                return;
            }
            clients = resultCallback;
            bodyEnded = details == null;
        }
        ResponseHead head = new ResponseHead(response.getCode(), () -> headers(response, details));
        CompletionStage<Ruling> ruling = execution.held(head);
        Signal handOn = () -> consumer.consumeResponse(response, details, context, execution.result(resultCallback));
        if (ruling == null) {
            watch(execution.body(head), details, context);
            synchronized (this) {
                state = State.HANDS_ON;
            }
            handOn.give();
            return;
        }
        synchronized (this) {
            state = State.HOLDS;
            held.add(handOn);
        }
        execution.when(ruling, this::decided);
    }

    private void watch(@Nullable Body opened, @Nullable EntityDetails details, HttpContext context) {
        if (opened == null) {
            return;
        }
        opened.ledTo(() -> Redirects.last(context));
        if (details == null) {
            opened.complete();
        } else {
            body = opened.expecting(details.getContentLength());
        }
    }

    private void broken(Exception failure) {
        Body read = body;
        if (read != null) {
            read.broken(execution.cause(failure));
        }
    }

    /** Newer clients unpack a body and leave the headers as they were: what is told is the body as it will be read. */
    private static List<Answer.Header> headers(HttpResponse response, @Nullable EntityDetails details) {
        List<Answer.Header> headers = OutgoingRequest.headers(response.getHeaders());
        if (details != null && details.getContentEncoding() == null && response.containsHeader("Content-Encoding")) {
            headers.removeIf(header -> header.name().equalsIgnoreCase("Content-Encoding")
                    || header.name().equalsIgnoreCase("Content-Length")
                    || header.name().equalsIgnoreCase("Content-MD5"));
        }
        return headers;
    }

    private void decided(Ruling ruling) {
        if (ruling instanceof Ruling.Proceed) {
            handOnWhatWasHeld();
            return;
        }
        CapacityChannel more;
        boolean over;
        synchronized (this) {
            state = State.DROPS;
            held.clear();
            over = bodyEnded;
            more = room;
        }
        execution.over();
        if (over) {
            endExchange();
        } else if (more != null) {
            // Not cancelled: a client that is told so while it reads may lose the connection from its pool for good.
            try {
                more.update(Integer.MAX_VALUE);
            } catch (IOException broken) {
                abort();
            }
        }
        execution.replaced(ruling);
    }

    /** The client has given all that it has: nobody else will tell it so. */
    private void endExchange() {
        FutureCallback<Object> result = clients;
        if (result != null) {
            result.completed(null);
        }
    }

    /** In order, while more may come on the client's thread. */
    private void handOnWhatWasHeld() {
        try {
            while (true) {
                Signal next;
                synchronized (this) {
                    next = held.poll();
                    if (next == null) {
                        state = State.HANDS_ON;
                        return;
                    }
                }
                next.give();
            }
        } catch (Exception consumerFailure) {
            synchronized (this) {
                state = State.DROPS;
                held.clear();
            }
            abort();
            execution.fail(consumerFailure);
        }
    }

    /** Keeps a signal back while the response is held. @return whether it is to be given now */
    private synchronized boolean passes(Signal signal) {
        if (state == State.HOLDS) {
            held.add(signal);
        }
        return state == State.HANDS_ON;
    }

    private synchronized boolean drops() {
        return state == State.DROPS;
    }

    @Override
    public void updateCapacity(CapacityChannel capacity) throws IOException {
        synchronized (this) {
            room = capacity;
        }
        if (passes(() -> consumer.updateCapacity(capacity))) {
            consumer.updateCapacity(capacity);
        } else if (drops()) {
            capacity.update(Integer.MAX_VALUE);
        }
    }

    @Override
    public void consume(ByteBuffer piece) throws IOException {
        if (drops()) {
            dropped += piece.remaining();
            piece.position(piece.limit());
            if (dropped > WORTH_READING) {
                throw new IOException("a response that was replaced has no end");
            }
            return;
        }
        boolean now;
        synchronized (this) {
            now = state == State.HANDS_ON;
            if (state == State.HOLDS) {
                ByteBuffer kept = ByteBuffer.allocate(piece.remaining());
                kept.put(piece).flip();
                held.add(() -> consumer.consume(kept));
            }
        }
        if (now) {
            Body read = body;
            if (read != null) {
                read.write(piece.duplicate());
            }
            consumer.consume(piece);
        }
    }

    @Override
    public void streamEnd(@Nullable List<? extends Header> trailers) throws HttpException, IOException {
        synchronized (this) {
            bodyEnded = true;
        }
        if (passes(() -> consumer.streamEnd(trailers))) {
            Body read = body;
            if (read != null) {
                read.complete();
            }
            consumer.streamEnd(trailers);
        } else if (drops()) {
            endExchange();
        }
    }

    @Override
    public void failed(Exception cause) {
        if (passes(() -> consumer.failed(cause)) || execution.givenUp()) {
            broken(cause);
            consumer.failed(cause);
        }
    }

    @Override
    public void releaseResources() {
        if (passes(execution::release) || execution.givenUp()) {
            execution.release();
        }
    }

    /** How the attempt ended, as the client tells the caller. */
    FutureCallback<Object> outcome() {
        return new FutureCallback<>() {

            @Override
            public void completed(@Nullable Object nothing) {
                // The application's consumer has its result already.
            }

            @Override
            public void failed(Exception failure) {
                broken(failure);
                if (passes(() -> execution.failFuture(failure))) {
                    execution.failFuture(failure);
                } else if (droppedUnanswered()) {
                    execution.failed(failure);
                }
            }

            @Override
            public void cancelled() {
                broken(new CancellationException());
                if (passes(() -> execution.cancelled())) {
                    execution.cancelled();
                } else if (droppedUnanswered()) {
                    execution.cancelled();
                }
            }
        };
    }

    /** Whether the attempt ended before the response's head; nothing more of it counts. */
    private synchronized boolean droppedUnanswered() {
        boolean first = state == State.WAITS;
        if (first) {
            state = State.DROPS;
        }
        return first;
    }
}
