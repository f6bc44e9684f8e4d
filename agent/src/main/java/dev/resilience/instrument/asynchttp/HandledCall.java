package dev.resilience.instrument.asynchttp;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.http.AsyncCall;
import dev.resilience.instrument.http.Elsewhere;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.asynchttpclient.AsyncHandler;
import org.asynchttpclient.AsyncHttpClient;
import org.asynchttpclient.DefaultAsyncHttpClient;
import org.asynchttpclient.HttpResponseStatus;
import org.asynchttpclient.ListenableFuture;
import org.asynchttpclient.Request;
import org.asynchttpclient.netty.EagerResponseBodyPart;
import org.asynchttpclient.uri.Uri;
import org.jspecify.annotations.Nullable;

/**
 * One call, made past the gate with a handler of ours before the application's. The application's future is ours too, because
 * the client's own cannot be mended once it has failed.
 */
final class HandledCall<T> extends AsyncCall {

    final AsyncHandler<T> handler;
    private final AsyncHttpClient client;
    private final Request request;
    private final OutgoingRequest outgoing;
    private final AnswerFuture<T> future = new AnswerFuture<>(this);
    private final AtomicBoolean failureTold = new AtomicBoolean();
    private volatile @Nullable ListenableFuture<?> running;

    HandledCall(
            HttpCall call, AsyncHttpClient client, Request request, OutgoingRequest outgoing, AsyncHandler<T> handler) {
        super(call, new Elsewhere(client instanceof DefaultAsyncHttpClient own ? own.getEventLoopGroup() : null));
        this.client = client;
        this.request = request;
        this.outgoing = outgoing;
        this.handler = handler;
    }

    ListenableFuture<T> future() {
        return future;
    }

    @Override
    protected boolean repeatable() {
        return outgoing.repeatable();
    }

    @Override
    protected void attempt() {
        ThreadMarks.enter();
        try {
            running = client.executeRequest(sent(), new Tap<>(this));
        } finally {
            ThreadMarks.exit();
        }
    }

    private Request sent() {
        Request sent = outgoing.sent();
        for (Answer.Header header : sentAlong()) {
            if (!request.getHeaders().contains(header.name())) {
                sent = sent.toBuilder().setHeader(header.name(), header.value()).build();
            }
        }
        return sent;
    }

    /** By cancelling it, which closes the connection; what its handler is told then is told on as what it is. */
    @Override
    protected void abort() {
        ListenableFuture<?> attempt = running;
        if (attempt != null) {
            attempt.cancel(true);
        }
    }

    @Override
    protected Exception timedOut(String message) {
        return new TimeoutException(message);
    }

    @Override
    protected void answer(Answer.Http answer) {
        try {
            HttpHeaders headers = new DefaultHttpHeaders(false);
            for (Answer.Header header : answer.headers()) {
                headers.add(header.name(), header.value());
            }
            boolean goesOn = handler.onStatusReceived(new AnswerStatus(uri(answer), answer.status()))
                            == AsyncHandler.State.CONTINUE
                    && handler.onHeadersReceived(headers) == AsyncHandler.State.CONTINUE;
            if (goesOn && answer.body().length > 0 && !request.getMethod().equals("HEAD")) {
                // A copy of its own: the application may write into it.
                byte[] body = answer.body().clone();
                handler.onBodyPartReceived(new EagerResponseBodyPart(Unpooled.wrappedBuffer(body), true));
            }
            complete();
        } catch (Throwable handlerFailure) {
            fail(handlerFailure);
        }
    }

    private Uri uri(Answer.Http answer) {
        return answer.address() == null
                ? request.getUri()
                : Uri.create(answer.address().toString());
    }

    /** Where the response came from; null where that was asked. */
    @Nullable
    URI ledTo(HttpResponseStatus status) {
        return status.getUri().equals(request.getUri())
                ? null
                : URI.create(status.getUri().toUrl());
    }

    /** Asks the application's handler for its result. */
    void complete() {
        try {
            future.completeWith(handler.onCompleted());
        } catch (Throwable handlerFailure) {
            fail(handlerFailure);
        }
    }

    @Override
    protected void fail(Throwable failure) {
        tell(failure);
        future.failWith(failure);
    }

    /** Tells the application's handler, once. */
    void tell(Throwable failure) {
        if (failureTold.compareAndSet(false, true)) {
            try {
                handler.onThrowable(failure);
            } catch (Throwable handlerFailure) {
                // As with the client's own: the future tells what came first.
            }
        }
    }

    @Override
    protected void release() {
        // Holds nothing before it is made.
    }

    /** The client's own future, where there is one. */
    @Nullable
    ListenableFuture<?> running() {
        return running;
    }
}
