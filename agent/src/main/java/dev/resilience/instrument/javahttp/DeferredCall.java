package dev.resilience.instrument.javahttp;

import dev.resilience.guard.Ruling;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An asynchronous call that waits for a trial permit without a thread: it is made when the permit is there. Cancelling the
 * application's future, or one that descends from it, cancels the call, made or not, as with the client's own.
 */
final class DeferredCall<T> {

    private final Exchange<T> exchange;
    private final @Nullable PushPromiseHandler<T> pushes;
    private final CancellableFuture<HttpResponse<T>> given;

    private @Nullable CompletableFuture<HttpResponse<T>> made;
    private boolean cancelled;

    private DeferredCall(Exchange<T> exchange, @Nullable PushPromiseHandler<T> pushes) {
        this.exchange = exchange;
        this.pushes = pushes;
        this.given = new CancellableFuture<>(exchange, this::cancel);
    }

    /** @return the future that the application gets */
    static <T> CompletableFuture<HttpResponse<T>> start(
            Exchange<T> exchange, @Nullable PushPromiseHandler<T> pushes, CompletionStage<Ruling> admission) {
        DeferredCall<T> call = new DeferredCall<>(exchange, pushes);
        exchange.given(call.given);
        // Off the thread that rules, which is the store's.
        admission.whenCompleteAsync((ruling, failure) -> call.admitted(ruling), exchange.elsewhere());
        return call.given;
    }

    private void admitted(@Nullable Ruling ruling) {
        try {
            CompletableFuture<HttpResponse<T>> outcome = ruling == null || ruling instanceof Ruling.Proceed
                    ? SendAsyncPassage.settled(exchange, pushes, make())
                    : SendAsyncPassage.instead(exchange, ruling);
            outcome.whenComplete(this::give);
        } catch (Throwable failure) {
            // Cancelled before it was made, or refused by the client at once.
            exchange.settleAsync(null, failure);
            given.completeExceptionally(failure);
        }
    }

    private CompletableFuture<HttpResponse<T>> make() {
        synchronized (this) {
            if (cancelled || given.isDone()) {
                throw new CancellationException("Request cancelled");
            }
        }
        CompletableFuture<HttpResponse<T>> call = SendAsyncPassage.send(exchange, pushes);
        boolean late;
        synchronized (this) {
            made = call;
            late = cancelled;
        }
        if (late) {
            call.cancel(true);
        }
        return call;
    }

    private void give(@Nullable HttpResponse<T> response, @Nullable Throwable failure) {
        if (failure == null) {
            given.complete(response);
        } else {
            given.completeExceptionally(failure);
        }
    }

    private boolean cancel(boolean mayInterrupt) {
        CompletableFuture<HttpResponse<T>> call;
        synchronized (this) {
            call = made;
            cancelled = cancelled || (call == null);
        }
        return call != null && call.cancel(mayInterrupt);
    }
}
