package dev.resilience.instrument.asynchttp;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.http.Deadline;
import dev.resilience.instrument.http.Repetition;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.asynchttpclient.AsyncHandler;
import org.asynchttpclient.AsyncHttpClient;
import org.asynchttpclient.ListenableFuture;
import org.asynchttpclient.Request;
import org.asynchttpclient.netty.EagerResponseBodyPart;
import org.jspecify.annotations.Nullable;

/**
 * One call, made past the gate with a handler of ours before the application's. The application's future is ours too, because
 * the client's own cannot be mended once it has failed.
 */
final class HandledCall<T> {

    private static final String TRACEPARENT = "traceparent";

    final HttpCall call;
    final AsyncHandler<T> handler;
    private final AsyncHttpClient client;
    private final Request request;
    private final AnswerFuture<T> future = new AnswerFuture<>(this);
    private final long beganNanos = System.nanoTime();

    private @Nullable ListenableFuture<?> running;
    private boolean cancelled;
    private @Nullable Deadline deadline;

    HandledCall(HttpCall call, AsyncHttpClient client, Request request, AsyncHandler<T> handler) {
        this.call = call;
        this.client = client;
        this.request = request;
        this.handler = handler;
    }

    ListenableFuture<T> start() {
        if (new OutgoingRequest(client, request).repeatable()) {
            call.canRepeat();
        }
        when(call.admitAsync(), this::admitted);
        return future;
    }

    private void admitted(Ruling ruling) {
        if (ruling instanceof Ruling.Substitute substitute) {
            answer((Answer.Http) substitute.answer());
        } else if (ruling instanceof Ruling.Reject reject) {
            fail(reject.exception());
        } else {
            attempt();
        }
    }

    /** Goes on at once where the ruling is there; else off the thread that rules, which is the store's. */
    void when(CompletionStage<Ruling> stage, Consumer<Ruling> next) {
        Ruling known = stage.toCompletableFuture().getNow(null);
        if (known != null) {
            next.accept(known);
        } else {
            stage.whenCompleteAsync(
                    (ruling, failure) -> {
                        try {
                            next.accept(ruling);
                        } catch (Throwable ours) {
                            Bridge.failed(ours);
                            fail(ours);
                        }
                    },
                    new CompletableFuture<Void>().defaultExecutor());
        }
    }

    private void attempt() {
        synchronized (this) {
            if (cancelled) {
                call.cancelled();
                return;
            }
        }
        long millis = call.endpoint().deadlineMillis();
        if (millis > 0) {
            long left = millis - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos);
            deadline = Deadline.in(Math.max(left, 1), () -> late(millis));
        }
        ListenableFuture<?> made;
        ThreadMarks.enter();
        try {
            made = client.executeRequest(sent(), new Tap<>(this));
        } finally {
            ThreadMarks.exit();
        }
        boolean late;
        synchronized (this) {
            running = made;
            late = cancelled;
        }
        if (late) {
            made.cancel(true);
        }
    }

    private Request sent() {
        String traceparent = call.traceparent();
        return traceparent == null || request.getHeaders().contains(TRACEPARENT)
                ? request
                : request.toBuilder().setHeader(TRACEPARENT, traceparent).build();
    }

    private void late(long millis) {
        ListenableFuture<?> made;
        synchronized (this) {
            made = running;
        }
        if (made != null) {
            made.abort(new TimeoutException(Deadline.message(millis)));
        }
    }

    /** The attempt has ended: nothing needs to end it any more. */
    void over() {
        Deadline due = deadline;
        if (due != null) {
            due.end();
        }
    }

    /** Whether the application gave the call up. */
    synchronized boolean givenUp() {
        return cancelled;
    }

    /** Without the wrappers of futures. */
    static Throwable cause(Throwable failure) {
        Throwable inner = failure.getCause();
        boolean wrapper = failure instanceof ExecutionException || failure instanceof CompletionException;
        return wrapper && inner != null ? inner : failure;
    }

    /** Nothing was handed to the application yet. */
    void failed(Throwable failure) {
        synchronized (this) {
            if (cancelled) {
                call.cancelled();
                return;
            }
        }
        Throwable told = cause(failure);
        when(Repetition.ruled(call, () -> call.failedAsync(told)), ruling -> {
            if (ruling instanceof Ruling.Again) {
                attempt();
            } else if (ruling instanceof Ruling.Substitute substitute) {
                answer((Answer.Http) substitute.answer());
            } else {
                fail(failure);
            }
        });
    }

    /** Makes the call again, or answers in its place; does nothing where the ruling is to go on. */
    boolean replaced(Ruling ruling) {
        if (ruling instanceof Ruling.Again) {
            attempt();
            return true;
        }
        if (ruling instanceof Ruling.Substitute substitute) {
            answer((Answer.Http) substitute.answer());
            return true;
        }
        return false;
    }

    private void answer(Answer.Http answer) {
        try {
            HttpHeaders headers = new DefaultHttpHeaders(false);
            for (Answer.Header header : answer.headers()) {
                headers.add(header.name(), header.value());
            }
            boolean goesOn = handler.onStatusReceived(new AnswerStatus(request.getUri(), answer.status()))
                            == AsyncHandler.State.CONTINUE
                    && handler.onHeadersReceived(headers) == AsyncHandler.State.CONTINUE;
            if (goesOn && answer.body().length > 0 && !request.getMethod().equals("HEAD")) {
                handler.onBodyPartReceived(new EagerResponseBodyPart(Unpooled.wrappedBuffer(answer.body()), true));
            }
            complete();
        } catch (Throwable handlerFailure) {
            fail(handlerFailure);
        }
    }

    /** Asks the application's handler for its result. */
    void complete() {
        try {
            future.completeWith(handler.onCompleted());
        } catch (Throwable handlerFailure) {
            fail(handlerFailure);
        }
    }

    void fail(Throwable failure) {
        try {
            handler.onThrowable(failure);
        } catch (Throwable handlerFailure) {
            // As with the client's own: the future tells what came first.
        }
        future.failWith(failure);
    }

    /** The application gives the call up. */
    void cancel() {
        ListenableFuture<?> made;
        synchronized (this) {
            cancelled = true;
            made = running;
        }
        if (made != null) {
            made.cancel(true);
        }
    }

    /** The client's own future, where there is one. */
    synchronized @Nullable ListenableFuture<?> running() {
        return running;
    }
}
