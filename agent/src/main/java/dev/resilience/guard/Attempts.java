package dev.resilience.guard;

import dev.resilience.fallback.IdempotencyKey;
import dev.resilience.fallback.QueuedCall;
import dev.resilience.fallback.QueuedStatements;
import dev.resilience.telemetry.CallTracer;
import dev.resilience.telemetry.CallTracer.CallSpan;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Makes one attempt at a call that was kept. Thread-safe. */
final class Attempts {

    private final OwnClient client;
    private final CallTracer tracer;
    private final QueuedStatements statements;
    private final LongSupplier nanoTime;

    Attempts(OwnClient client, CallTracer tracer, QueuedStatements statements, LongSupplier nanoTime) {
        this.client = client;
        this.tracer = tracer;
        this.statements = statements;
        this.nanoTime = nanoTime;
    }

    /**
     * What an attempt gave.
     *
     * @param status of an HTTP response, 0 for none
     * @param retryAfterMillis what the dependency asked for, -1 when it did not
     * @param failure what was thrown, or null
     */
    record Result(
            int status,
            long retryAfterMillis,
            long durationNanos,
            @Nullable Throwable failure,
            CallSpan span) {}

    /** Completes normally always. */
    CompletionStage<Result> make(QueuedCall call, Duration deadline) {
        long begin = nanoTime.getAsLong();
        if (call.call() instanceof QueuedCall.Jdbc jdbc) {
            return CompletableFuture.supplyAsync(
                            () -> {
                                run(jdbc, deadline);
                                return new Result(0, -1, nanoTime.getAsLong() - begin, null, CallSpan.NONE);
                            },
                            client.threads())
                    .exceptionally(failure -> failed(failure, begin, CallSpan.NONE));
        }
        QueuedCall.Http http = (QueuedCall.Http) call.call();
        CallSpan span = tracer.resend(call.service(), call.endpoint(), http.method(), http.uri(), call.cause());
        return CompletableFuture.supplyAsync(() -> request(call, http, deadline, span), client.threads())
                .thenCompose(client::send)
                .thenApply(response -> answered(response, begin, span))
                .exceptionally(failure -> failed(failure, begin, span));
    }

    private void run(QueuedCall.Jdbc jdbc, Duration deadline) {
        try {
            statements.run(jdbc, deadline);
        } catch (Exception failure) {
            // Not SQLException by name: a handler's type is loaded with its class, and a JVM may have no java.sql.
            throw new CompletionException(failure);
        }
    }

    private static HttpRequest request(QueuedCall call, QueuedCall.Http http, Duration deadline, CallSpan span) {
        HttpRequest.Builder request =
                OwnClient.request(http.method(), http.uri(), http.headers(), http.body(), deadline);
        request.setHeader(IdempotencyKey.HEADER, call.idempotencyKey());
        String traceparent = span.traceparent();
        if (traceparent != null) {
            request.setHeader("traceparent", traceparent);
        }
        return request.build();
    }

    private Result answered(HttpResponse<@Nullable Void> response, long begin, CallSpan span) {
        long retryAfter = RetryAfter.millis(
                response.headers().allValues("Retry-After"),
                response.headers().allValues("Date"),
                System.currentTimeMillis());
        return new Result(response.statusCode(), retryAfter, nanoTime.getAsLong() - begin, null, span);
    }

    private Result failed(Throwable failure, long begin, CallSpan span) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return new Result(0, -1, nanoTime.getAsLong() - begin, cause, span);
    }
}
