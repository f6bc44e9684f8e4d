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

    private static final int MOST_REDIRECTS = 5;

    private final HttpClient client;
    private final ScheduledExecutorService timer;

    BoundedExchanges(HttpClient client, ScheduledExecutorService timer) {
        this.client = client;
        this.timer = timer;
    }

    /** Completes with the head of the response; the body is not read. */
    CompletionStage<HttpResponse<@Nullable Void>> head(HttpRequest request) {
        return within(request, head -> {
            UnreadBody body = new UnreadBody();
            timer.schedule(body::giveUp, millis(request), TimeUnit.MILLISECONDS);
            return body;
        });
    }

    /** Completes with the whole response, exceptionally when its body is longer than {@code mostBytes}. */
    CompletionStage<HttpResponse<byte[]>> whole(HttpRequest request, int mostBytes) {
        return within(request, head -> new BoundedBody(mostBytes));
    }

    private <T extends @Nullable Object> CompletionStage<HttpResponse<T>> within(
            HttpRequest request, HttpResponse.BodyHandler<T> body) {
        Exchange<T> exchange = new Exchange<>(body);
        Future<?> end = timer.schedule(exchange::giveUp, millis(request), TimeUnit.MILLISECONDS);
        exchange.ended.whenComplete((response, failure) -> end.cancel(false));
        exchange.send(request, MOST_REDIRECTS);
        return exchange.ended;
    }

    private static long millis(HttpRequest request) {
        return request.timeout().orElse(Resender.USUAL_DEADLINE).toMillis();
    }

    /** A request, and those that its responses lead to. */
    private final class Exchange<T extends @Nullable Object> {

        final CompletableFuture<HttpResponse<T>> ended = new CompletableFuture<>();
        private final HttpResponse.BodyHandler<T> body;
        private volatile @Nullable CompletableFuture<HttpResponse<T>> running;

        Exchange(HttpResponse.BodyHandler<T> body) {
            this.body = body;
        }

        void send(HttpRequest request, int redirectsLeft) {
            CompletableFuture<HttpResponse<T>> sent = client.sendAsync(request, body);
            running = sent;
            if (ended.isDone()) {
                sent.cancel(true);
            }
            sent.whenComplete((response, failure) -> {
                try {
                    HttpRequest next = failure != null || redirectsLeft == 0 ? null : Redirect.after(request, response);
                    if (next != null) {
                        send(next, redirectsLeft - 1);
                    } else if (failure == null) {
                        ended.complete(response);
                    } else {
                        ended.completeExceptionally(failure);
                    }
                } catch (RuntimeException unsendable) {
                    ended.completeExceptionally(unsendable);
                }
            });
        }

        void giveUp() {
            CompletableFuture<HttpResponse<T>> sent = running;
            if (ended.completeExceptionally(new HttpTimeoutException("the response did not end in time"))
                    && sent != null) {
                sent.cancel(true);
            }
        }
    }
}
