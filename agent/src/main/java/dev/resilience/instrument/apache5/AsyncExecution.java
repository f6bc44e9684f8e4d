package dev.resilience.instrument.apache5;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.instrument.http.AsyncCall;
import dev.resilience.instrument.http.Elsewhere;
import dev.resilience.instrument.http.Reason;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.core5.concurrent.BasicFuture;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.message.BasicHttpResponse;
import org.apache.hc.core5.http.nio.AsyncPushConsumer;
import org.apache.hc.core5.http.nio.AsyncResponseConsumer;
import org.apache.hc.core5.http.nio.HandlerFactory;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * A call of {@code doExecute} of an asynchronous client, made past the gate with a consumer of ours before the application's.
 * The application's future is ours too, because the client's own cannot be mended once it has failed.
 */
final class AsyncExecution<T> extends AsyncCall {

    private final Sending sending;
    private final AsyncResponseConsumer<T> consumer;
    private final Given future;
    private final @Nullable ResponseLimit limit;
    private final AtomicBoolean released = new AtomicBoolean();
    private volatile @Nullable AsyncTap<T> running;

    AsyncExecution(
            HttpCall call, Sending sending, AsyncResponseConsumer<T> consumer, @Nullable FutureCallback<T> callback) {
        super(call, new Elsewhere());
        this.sending = sending;
        this.consumer = consumer;
        this.future = new Given(callback);
        this.limit = call.endpoint().deadlineMillis() == 0
                ? null
                : new ResponseLimit(sending.client, sending.request, sending.context);
    }

    /** What the client is called with. */
    record Sending(
            CloseableHttpAsyncClient client,
            @Nullable HttpHost target,
            HttpRequest request,
            AskedProducer producer,
            @Nullable HandlerFactory<AsyncPushConsumer> push,
            HttpContext context) {}

    Future<T> future() {
        return future;
    }

    AsyncResponseConsumer<T> consumer() {
        return consumer;
    }

    @Override
    protected boolean repeatable() {
        return sending.producer.isRepeatable();
    }

    @Override
    protected void attempt() {
        AsyncTap<T> tap = new AsyncTap<>(this, call());
        running = tap;
        HttpRequest sent = SentRequest.of(
                sending.request,
                sentAlong(),
                OutgoingRequest.minimal(sending.client),
                limit == null ? null : limit.config(leftMillis()));
        tap.runs(sending.client.execute(
                sending.target,
                sending.producer.sending(sent, repeatable()),
                tap,
                sending.push,
                sending.context,
                tap.outcome()));
    }

    @Override
    protected void abort() {
        if (givenUp()) {
            sending.producer.abandon();
        }
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
        try {
            Redirects.tell(sending.context, answer.address());
        } catch (ReflectiveOperationException unknown) {
            Bridge.failed(unknown);
        }
        BasicHttpResponse response = new BasicHttpResponse(answer.status(), Reason.of(answer.status()));
        response.setVersion(HttpVersion.HTTP_1_1);
        for (Answer.Header header : answer.headers()) {
            response.addHeader(header.name(), header.value());
        }
        boolean bare = answer.body().length == 0
                || sending.request.getMethod().equals("HEAD")
                || answer.status() == 204
                || answer.status() == 304;
        try {
            consumer.consumeResponse(
                    response,
                    bare ? null : new AnswerDetails(response, answer.body().length),
                    sending.context,
                    result(null));
            if (!bare) {
                consumer.updateCapacity(more -> {});
                consumer.consume(ByteBuffer.wrap(answer.body().clone()));
                consumer.streamEnd(null);
            }
        } catch (Exception consumerFailure) {
            fail(consumerFailure);
            return;
        }
        release();
    }

    /** Completes the application's future, and then the client's. */
    FutureCallback<T> result(@Nullable FutureCallback<Object> clients) {
        return new FutureCallback<>() {

            @Override
            public void completed(T result) {
                over();
                future.completed(result);
                if (clients != null) {
                    clients.completed(null);
                }
            }

            @Override
            public void failed(Exception failure) {
                over();
                future.failed(failure);
                if (clients != null) {
                    clients.failed(failure);
                }
            }

            @Override
            public void cancelled() {
                over();
                future.cancelled();
                if (clients != null) {
                    clients.cancelled();
                }
            }
        };
    }

    @Override
    protected void fail(Throwable failure) {
        Exception told = failure instanceof Exception exception ? exception : new IllegalStateException(failure);
        try {
            sending.producer.failed(told);
            consumer.failed(told);
        } finally {
            try {
                future.failed(told);
            } finally {
                release();
            }
        }
    }

    /** The application's consumer was told already. */
    void failFuture(Exception failure) {
        over();
        future.failed(failure);
    }

    /** Somebody cancelled the attempt. */
    void cancelled() {
        if (ended()) {
            try {
                sending.producer.abandon();
            } finally {
                future.cancelled();
            }
        }
    }

    @Override
    protected void release() {
        if (released.compareAndSet(false, true)) {
            consumer.releaseResources();
            sending.producer.releaseResources();
        }
    }

    private void lift() {
        if (limit != null) {
            limit.lift();
        }
    }

    /** The application's. Cancelling it cancels the attempt that runs. */
    private final class Given extends BasicFuture<T> {

        Given(@Nullable FutureCallback<T> callback) {
            super(callback);
        }

        @Override
        public boolean completed(T result) {
            lift();
            return super.completed(result);
        }

        @Override
        public boolean failed(Exception exception) {
            lift();
            return super.failed(exception);
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
            lift();
            super.cancel(true);
        }
    }
}
