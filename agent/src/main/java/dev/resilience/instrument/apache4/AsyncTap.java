package dev.resilience.instrument.apache4;

import dev.resilience.guard.HttpCall;
import dev.resilience.guard.Ruling;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.HiddenFields;
import dev.resilience.instrument.http.ResponseHead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicMarkableReference;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.http.HttpEntity;
import org.apache.http.HttpException;
import org.apache.http.HttpRequest;
import org.apache.http.HttpResponse;
import org.apache.http.concurrent.BasicFuture;
import org.apache.http.concurrent.Cancellable;
import org.apache.http.concurrent.FutureCallback;
import org.apache.http.nio.ContentDecoder;
import org.apache.http.nio.IOControl;
import org.apache.http.nio.protocol.HttpAsyncResponseConsumer;
import org.apache.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the application's consumer for one attempt. A failed response is held back, its body unread, until it is known
 * whether something takes its place; any other is handed on as it comes. Called on the client's I/O threads, which it never
 * makes wait.
 */
final class AsyncTap<T> implements HttpAsyncResponseConsumer<Object> {

    /** Bytes that are worth reading to save a connection. */
    private static final long WORTH_READING = 64 * 1024;

    private enum State {
        /** For the response's head. */
        WAITS,
        HOLDS,
        HANDS_ON,
        /** Nothing more of the attempt counts. */
        DROPS
    }

    private final AsyncExecution<T> execution;
    private final HttpAsyncResponseConsumer<T> consumer;
    private final HttpCall call;
    private final HttpRequest request;

    private State state = State.WAITS;
    private boolean aborted;
    private @Nullable Future<?> future;
    private @Nullable Cancellable exchange;
    private @Nullable IOControl suspended;
    private @Nullable HttpContext ended;
    private @Nullable Exception broken;
    private boolean worthReading;
    private @Nullable Body body;

    AsyncTap(AsyncExecution<T> execution, HttpCall call, HttpRequest request) {
        this.execution = execution;
        this.consumer = execution.consumer();
        this.call = call;
        this.request = request;
    }

    /** The client has begun, and may have ended, what this future stands for. */
    void runs(Future<?> made) {
        boolean late;
        synchronized (this) {
            future = made;
            exchange = made.getClass() == BasicFuture.class ? exchange() : null;
            late = aborted;
        }
        if (late) {
            abort();
        }
    }

    /** Ends the attempt. */
    void abort() {
        Future<?> made;
        Cancellable behind;
        synchronized (this) {
            aborted = true;
            made = future;
            behind = exchange;
        }
        if (made != null) {
            made.cancel(true);
        }
        if (behind != null) {
            behind.cancel();
        }
    }

    /** What the request would cancel if it were aborted: the futures of older clients leave the exchange to run on. */
    private @Nullable Cancellable exchange() {
        try {
            Object held = HiddenFields.value(request, "cancellableRef");
            if (held instanceof AtomicMarkableReference<?> reference) {
                held = reference.getReference();
            } else if (held instanceof AtomicReference<?> reference) {
                held = reference.get();
            }
            return held instanceof Cancellable cancellable ? cancellable : null;
        } catch (ReflectiveOperationException | RuntimeException unknown) {
            return null;
        }
    }

    @Override
    public void responseReceived(HttpResponse response) throws IOException, HttpException {
        HttpEntity entity = response.getEntity();
        long length = entity == null ? 0 : entity.getContentLength();
        synchronized (this) {
            if (state != State.WAITS) {
                return;
            }
            worthReading = length >= 0 && length <= WORTH_READING;
        }
        ResponseHead head = new ResponseHead(
                response.getStatusLine().getStatusCode(), () -> OutgoingRequest.headers(response.getAllHeaders()));
        CompletionStage<Ruling> ruling = execution.held(head);
        if (ruling == null) {
            watch(execution.body(head), length);
            synchronized (this) {
                state = State.HANDS_ON;
            }
            consumer.responseReceived(response);
            return;
        }
        synchronized (this) {
            state = State.HOLDS;
        }
        execution.when(ruling, ruled -> decided(ruled, response));
    }

    private void watch(@Nullable Body opened, long length) {
        if (opened != null) {
            opened.ledTo(() -> Redirects.last(execution.context()));
            body = opened.keeps() ? opened.expecting(length) : opened;
        }
    }

    private void decided(Ruling ruling, HttpResponse response) {
        if (ruling instanceof Ruling.Proceed) {
            handOnWhatWasHeld(response);
            return;
        }
        synchronized (this) {
            state = State.DROPS;
        }
        resume();
        execution.over();
        execution.replaced(ruling);
    }

    private void handOnWhatWasHeld(HttpResponse response) {
        Exception failure;
        HttpContext end;
        try {
            consumer.responseReceived(response);
        } catch (Exception consumerFailure) {
            synchronized (this) {
                state = State.DROPS;
                broken = null;
            }
            abort();
            execution.fail(consumerFailure);
            return;
        }
        synchronized (this) {
            failure = broken;
            end = ended;
            state = failure == null && end == null ? State.HANDS_ON : State.DROPS;
        }
        if (failure != null) {
            execution.fail(failure);
        } else if (end != null) {
            execution.completed(end);
        } else {
            resume();
        }
    }

    /** Lets the client read on, whoever takes it. */
    private void resume() {
        IOControl control;
        synchronized (this) {
            control = suspended;
            suspended = null;
        }
        if (control != null) {
            control.requestInput();
        }
    }

    @Override
    public void consumeContent(ContentDecoder decoder, IOControl control) throws IOException {
        State now;
        synchronized (this) {
            now = state;
            if (now == State.HOLDS) {
                suspended = control;
                control.suspendInput();
            }
        }
        if (now == State.HANDS_ON) {
            Body read = body;
            consumer.consumeContent(read == null || !read.keeps() ? decoder : new Copying(decoder, read), control);
        } else if (now == State.DROPS && worthReading) {
            ByteBuffer scratch = ByteBuffer.allocate(8 * 1024);
            while (decoder.read(scratch) > 0) {
                scratch.clear();
            }
        }
    }

    @Override
    public void responseCompleted(HttpContext context) {
        synchronized (this) {
            if (state == State.HOLDS) {
                ended = context;
            }
            if (state != State.HANDS_ON) {
                return;
            }
        }
        Body read = body;
        if (read != null) {
            read.complete();
        }
        consumer.responseCompleted(context);
    }

    @Override
    public void failed(Exception failure) {
        boolean now;
        synchronized (this) {
            now = state == State.HANDS_ON;
            if (state == State.HOLDS) {
                broken = failure;
            }
        }
        if (now) {
            broken(failure);
            consumer.failed(failure);
        } else if (endedEarly()) {
            // The newest minimal client tells nobody else.
            execution.failed(failure);
        }
    }

    private void broken(Exception failure) {
        Body read = body;
        if (read != null) {
            read.broken(execution.cause(failure));
        }
    }

    private synchronized boolean handsOn() {
        return state == State.HANDS_ON;
    }

    @Override
    @SuppressWarnings("NullAway") // null is a consumer's way to say that there is none
    public Exception getException() {
        return handsOn() ? consumer.getException() : null;
    }

    @Override
    @SuppressWarnings("NullAway") // null is a consumer's way to say that there is none
    public Object getResult() {
        return handsOn() ? consumer.getResult() : null;
    }

    /** One that is done before its response is over makes the client give the connection up. */
    @Override
    public boolean isDone() {
        synchronized (this) {
            if (state != State.HANDS_ON) {
                return state == State.DROPS && !worthReading;
            }
        }
        return consumer.isDone();
    }

    @Override
    public void close() {
        if (handsOn()) {
            Body read = body;
            if (read != null) {
                // Unless something else ended it before.
                read.abandon();
            }
            execution.release();
        }
    }

    @Override
    public boolean cancel() {
        return handsOn() && consumer.cancel();
    }

    /** How the attempt ended, as the client tells the caller. */
    FutureCallback<Object> outcome() {
        return new FutureCallback<>() {

            @Override
            public void completed(@Nullable Object result) {
                if (handsOn()) {
                    execution.complete();
                }
            }

            @Override
            public void failed(Exception failure) {
                if (handsOn()) {
                    broken(failure);
                    execution.failFuture(failure);
                } else if (endedEarly()) {
                    execution.failed(failure);
                }
            }

            @Override
            public void cancelled() {
                broken(new CancellationException());
                if (handsOn() || endedEarly()) {
                    execution.cancelled();
                }
            }
        };
    }

    /** Whether the attempt ended before the response's head; nothing more of it counts. */
    private synchronized boolean endedEarly() {
        boolean first = state == State.WAITS;
        if (first) {
            state = State.DROPS;
        }
        return first;
    }

    /** Copies what the application's consumer reads. */
    private record Copying(ContentDecoder decoder, Body copy) implements ContentDecoder {

        @Override
        public int read(ByteBuffer into) throws IOException {
            int from = into.position();
            int size = decoder.read(into);
            if (size > 0) {
                ByteBuffer piece = into.duplicate();
                piece.position(from).limit(from + size);
                copy.write(piece);
            }
            return size;
        }

        @Override
        public boolean isCompleted() {
            return decoder.isCompleted();
        }
    }
}
