package dev.resilience.instrument.awssdk;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.http.AsyncCall;
import dev.resilience.instrument.http.Elsewhere;
import dev.resilience.instrument.http.HiddenFields;
import dev.resilience.instrument.http.NettyFailures;
import dev.resilience.instrument.http.Reason;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.SdkHttpFullResponse;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.async.SdkAsyncHttpResponseHandler;

/**
 * One attempt of the SDK's, made past the gate with a handler of ours before the SDK's. The SDK gives a call up by failing
 * the future it was given, which is ours too.
 */
final class ExecutedCall extends AsyncCall {

    private static final String TIME_LIMIT = "software.amazon.awssdk.core.exception.ApiCall";

    private final SdkAsyncHttpClient client;
    private final AsyncExecuteRequest asked;
    private final SdkAsyncHttpResponseHandler handler;
    private final CompletableFuture<Void> future = new CompletableFuture<>();
    private final AtomicBoolean failureTold = new AtomicBoolean();
    private volatile boolean over;
    private volatile @Nullable CompletableFuture<Void> running;

    ExecutedCall(HttpCall call, SdkAsyncHttpClient client, AsyncExecuteRequest asked) {
        super(call, new Elsewhere(loops(client)));
        this.client = client;
        this.asked = asked;
        this.handler = asked.responseHandler();
        future.whenComplete((nothing, failure) -> {
            if (failure != null && !over) {
                futureEnded(failure);
                cancel();
            }
        });
    }

    /** Where the client tells what becomes of calls: hidden in it. */
    private static @Nullable Executor loops(SdkAsyncHttpClient client) {
        try {
            Object group = HiddenFields.value(client, "sdkEventLoopGroup");
            return group != null && HiddenFields.value(group, "eventLoopGroup") instanceof Executor loops
                    ? loops
                    : null;
        } catch (ReflectiveOperationException | RuntimeException unknown) {
            return null;
        }
    }

    CompletableFuture<Void> future() {
        return future;
    }

    @Override
    protected boolean repeatable() {
        return OutgoingRequest.repeatable(asked);
    }

    @Override
    protected void attempt() {
        Tap tap = new Tap(this, handler);
        CompletableFuture<Void> made;
        ThreadMarks.enter();
        try {
            made = client.execute(AsyncExecuteRequest.builder()
                    .request(sent())
                    .requestContentPublisher(asked.requestContentPublisher())
                    .responseHandler(tap)
                    .metricCollector(asked.metricCollector().orElse(null))
                    .httpExecutionAttributes(asked.httpExecutionAttributes())
                    .build());
        } finally {
            ThreadMarks.exit();
        }
        running = made;
        // A call that is given up before it has a connection is told of by this alone.
        made.whenComplete((nothing, failure) -> tap.end(failure));
    }

    private SdkHttpRequest sent() {
        SdkHttpRequest sent = asked.request();
        for (Answer.Header header : sentAlong()) {
            if (sent.firstMatchingHeader(header.name()).isEmpty()) {
                sent = sent.toBuilder().putHeader(header.name(), header.value()).build();
            }
        }
        return sent;
    }

    @Override
    protected void abort() {
        CompletableFuture<Void> attempt = running;
        if (attempt != null) {
            attempt.cancel(true);
        }
    }

    @Override
    protected Exception timedOut(String message) {
        return new SocketTimeoutException(message);
    }

    @Override
    protected void answer(Answer.Http answer) {
        boolean bare = asked.request().method() == SdkHttpMethod.HEAD;
        try {
            handler.onHeaders(response(answer));
            handler.onStream(new AnswerStream(bare ? new byte[0] : answer.body()));
            complete();
        } catch (RuntimeException handlerFailure) {
            fail(handlerFailure);
        }
    }

    private static SdkHttpResponse response(Answer.Http answer) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (Answer.Header header : answer.headers()) {
            headers.computeIfAbsent(header.name(), name -> new ArrayList<>()).add(header.value());
        }
        return SdkHttpFullResponse.builder()
                .statusCode(answer.status())
                .statusText(Reason.of(answer.status()))
                .headers(headers)
                .build();
    }

    void complete() {
        over = true;
        future.complete(null);
    }

    @Override
    protected void fail(Throwable failure) {
        // First: what the SDK makes of it fails the future, too.
        over = true;
        tell(failure);
        future.completeExceptionally(failure);
    }

    /** Tells the SDK's handler, once. */
    void tell(Throwable failure) {
        if (failureTold.compareAndSet(false, true)) {
            handler.onError(failure);
        }
    }

    @Override
    protected Throwable told(Throwable failure) {
        String name = failure.getClass().getName();
        if (name.startsWith(TIME_LIMIT) && name.endsWith("TimeoutException")) {
            // The SDK's own time limits, of a call and of its attempts, end the future by exceptions that are
            // unchecked.
            return new TimeoutException(failure.getMessage());
        }
        return NettyFailures.told(failure);
    }

    @Override
    protected void release() {
        // Holds nothing before it is made.
    }
}
