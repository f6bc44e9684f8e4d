package dev.resilience.guard;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Exchanges whose responses end, in time and in length: the client's own time-out is over with the head of a response, and
 * a body may never end. Apart from {@link OwnClient} so that a start loads nothing of the HTTP client. Thread-safe; never
 * waits.
 */
final class BoundedExchanges {

    private final HttpClient client;
    private final ScheduledExecutorService timer;

    BoundedExchanges(HttpClient client, ScheduledExecutorService timer) {
        this.client = client;
        this.timer = timer;
    }

    /** Completes with the head of the response; the body is not read. */
    CompletionStage<HttpResponse<@Nullable Void>> head(HttpRequest request) {
        return within(request, client.sendAsync(request, head -> {
            UnreadBody body = new UnreadBody();
            timer.schedule(body::giveUp, millis(request), TimeUnit.MILLISECONDS);
            return body;
        }));
    }

    /** Completes with the whole response, exceptionally when its body is longer than {@code mostBytes}. */
    CompletionStage<HttpResponse<byte[]>> whole(HttpRequest request, int mostBytes) {
        return within(request, client.sendAsync(request, head -> new BoundedBody(mostBytes)));
    }

    private <T extends @Nullable Object> CompletionStage<HttpResponse<T>> within(
            HttpRequest request, CompletableFuture<HttpResponse<T>> sent) {
        CompletableFuture<HttpResponse<T>> ended = new CompletableFuture<>();
        Future<?> end = timer.schedule(
                () -> {
                    if (ended.completeExceptionally(new HttpTimeoutException("the response did not end in time"))) {
                        sent.cancel(true);
                    }
                },
                millis(request),
                TimeUnit.MILLISECONDS);
        sent.whenComplete((response, failure) -> {
            end.cancel(false);
            if (failure == null) {
                ended.complete(response);
            } else {
                ended.completeExceptionally(failure);
            }
        });
        return ended;
    }

    private static long millis(HttpRequest request) {
        return request.timeout().orElse(Resender.USUAL_DEADLINE).toMillis();
    }
}
