package dev.resilience.guard;

import dev.resilience.fallback.Answer;
import dev.resilience.fallback.QueuedCall;
import dev.resilience.fallback.QueuedStatements;
import dev.resilience.telemetry.CallTracer;
import dev.resilience.telemetry.CallTracer.CallSpan;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Makes one attempt at a call that was kept. Thread-safe. */
final class Attempts {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** The client sets these itself and refuses to be told. */
    private static final Set<String> CLIENTS_OWN =
            Set.of("connection", "content-length", "expect", "host", "upgrade", "transfer-encoding");

    private final ExecutorService executor;
    private final CallTracer tracer;
    private final QueuedStatements statements;
    private final LongSupplier nanoTime;
    private @Nullable HttpClient client;

    /** @param executor of threads whose calls are never guarded */
    Attempts(ExecutorService executor, CallTracer tracer, QueuedStatements statements, LongSupplier nanoTime) {
        this.executor = executor;
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
                            executor)
                    .exceptionally(failure -> failed(failure, begin, CallSpan.NONE));
        }
        QueuedCall.Http http = (QueuedCall.Http) call.call();
        CallSpan span = tracer.resend(call.service(), call.endpoint(), http.method(), http.uri(), call.cause());
        return CompletableFuture.supplyAsync(() -> request(call, http, deadline, span), executor)
                .thenCompose(request -> client().sendAsync(request, HttpResponse.BodyHandlers.discarding()))
                .thenApply(response -> answered(response, begin, span))
                .exceptionally(failure -> failed(failure, begin, span));
    }

    private void run(QueuedCall.Jdbc jdbc, Duration deadline) {
        try {
            statements.run(jdbc, deadline);
        } catch (java.sql.SQLException failure) {
            throw new CompletionException(failure);
        }
    }

    private static HttpRequest request(QueuedCall call, QueuedCall.Http http, Duration deadline, CallSpan span) {
        HttpRequest.Builder request = HttpRequest.newBuilder(http.uri()).timeout(deadline);
        for (Answer.Header header : http.headers()) {
            if (!CLIENTS_OWN.contains(header.name().toLowerCase(Locale.ROOT))) {
                request.header(header.name(), header.value());
            }
        }
        request.setHeader("Idempotency-Key", call.idempotencyKey());
        String traceparent = span.traceparent();
        if (traceparent != null) {
            request.setHeader("traceparent", traceparent);
        }
        HttpRequest.BodyPublisher body = http.body().length == 0
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofByteArray(http.body());
        return request.method(http.method(), body).build();
    }

    private Result answered(HttpResponse<Void> response, long begin, CallSpan span) {
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

    private synchronized HttpClient client() {
        HttpClient known = client;
        if (known == null) {
            known = HttpClient.newBuilder()
                    .executor(executor)
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(CONNECT_TIMEOUT)
                    .followRedirects(HttpClient.Redirect.NORMAL)
                    .build();
            client = known;
        }
        return known;
    }
}
