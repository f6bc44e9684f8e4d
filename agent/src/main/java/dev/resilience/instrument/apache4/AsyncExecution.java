package dev.resilience.instrument.apache4;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.instrument.http.AddedHeaders;
import dev.resilience.instrument.http.AsyncCall;
import dev.resilience.instrument.http.Elsewhere;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.http.HttpRequest;
import org.apache.http.concurrent.BasicFuture;
import org.apache.http.concurrent.FutureCallback;
import org.apache.http.nio.client.HttpAsyncClient;
import org.apache.http.nio.protocol.HttpAsyncResponseConsumer;
import org.apache.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * A call of {@code execute} of an asynchronous client, made past the gate with a consumer of ours before the application's.
 * The application's future is ours too, because the client's own cannot be mended once it has failed.
 */
final class AsyncExecution<T> extends AsyncCall {

    /** The client that this thread calls with a call of ours: other agents wrap the producer before the gate sees it. */
    private static final ThreadLocal<HttpAsyncClient> PASSING = new ThreadLocal<>();

    private final Sending sending;
    private final HttpAsyncResponseConsumer<T> consumer;
    private final Given future;
    private final AtomicBoolean released = new AtomicBoolean();
    private volatile @Nullable AsyncTap<T> running;

    AsyncExecution(
            HttpCall call,
            Sending sending,
            HttpAsyncResponseConsumer<T> consumer,
            @Nullable FutureCallback<T> callback) {
        super(call, new Elsewhere());
        this.sending = sending;
        this.consumer = consumer;
        this.future = new Given(callback);
    }

    /** What the client is called with. */
    record Sending(HttpAsyncClient client, HttpRequest request, AskedProducer producer, HttpContext context) {}

    /** Whether a call of this client's is one of ours on its way; the next one on this thread is not. */
    static boolean passes(HttpAsyncClient client) {
        boolean passing = PASSING.get() == client;
        if (passing) {
            PASSING.remove();
        }
        return passing;
    }

    Future<T> future() {
        return future;
    }

    HttpAsyncResponseConsumer<T> consumer() {
        return consumer;
    }

    @Override
    protected boolean repeatable() {
        return sending.producer.isRepeatable();
    }

    @Override
    protected void attempt() {
        boolean first = running == null;
        AsyncTap<T> tap = new AsyncTap<>(this, call(), sending.request);
        running = tap;
        if (!first) {
            try {
                sending.producer.resetRequest();
            } catch (IOException unrepeatable) {
                failed(unrepeatable);
                return;
            }
        }
        // The client copies the headers before it returns; only this request can be told to abort.
        List<String> added = AddedHeaders.add(sentAlong(), sending.request::containsHeader, sending.request::setHeader);
        PASSING.set(sending.client);
        try {
            tap.runs(sending.client.execute(sending.producer.sending(), tap, sending.context, tap.outcome()));
        } finally {
            PASSING.remove();
            added.forEach(sending.request::removeHeaders);
        }
    }

    @Override
    protected void abort() {
        AsyncTap<T> attempt = running;
        if (attempt != null) {
            attempt.abort();
        }
    }

    @Override
    protected Exception timedOut(String message) {
        return new SocketTimeoutException(message);
    }

    @Override
    protected void answer(Answer.Http answer) {
        Redirects.tell(sending.context, answer.address());
        new AnswerSource<>(answer, sending.request, this).start();
    }

    /** The application's consumer has read the response whole. */
    void completed(HttpContext context) {
        consumer.responseCompleted(context);
        complete();
    }

    /** Gives the application what its consumer made of the response. */
    void complete() {
        over();
        T result = consumer.getResult();
        Exception failure = consumer.getException();
        try {
            if (failure == null) {
                future.completed(result);
            } else {
                future.failed(failure);
            }
        } finally {
            release();
        }
    }

    HttpContext context() {
        return sending.context;
    }

    @Override
    protected void fail(Throwable failure) {
        Exception told = failure instanceof Exception exception ? exception : new IllegalStateException(failure);
        try {
            consumer.failed(told);
        } finally {
            failFuture(told);
        }
    }

    /** The application's consumer was told already. */
    void failFuture(Exception failure) {
        over();
        try {
            sending.producer.failed(failure);
            release();
        } finally {
            future.failed(failure);
        }
    }

    /** Somebody cancelled the attempt. */
    void cancelled() {
        if (ended()) {
            consumer.cancel();
            release();
            future.cancelled();
        }
    }

    @Override
    protected void release() {
        if (released.compareAndSet(false, true)) {
            closeQuietly(consumer);
            closeQuietly(sending.producer);
        }
    }

    private static void closeQuietly(Closeable closeable) {
        try {
            closeable.close();
        } catch (IOException ignored) {
            // As the client does.
        }
    }

    /** The application's. Cancelling it cancels the attempt that runs. */
    private final class Given extends BasicFuture<T> {

        Given(@Nullable FutureCallback<T> callback) {
            super(callback);
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean first = super.cancel(mayInterruptIfRunning);
            if (first) {
                AsyncExecution.this.cancel();
            }
            return first;
        }

        /** The client itself gave the call up. */
        void cancelled() {
            super.cancel(true);
        }
    }
}
