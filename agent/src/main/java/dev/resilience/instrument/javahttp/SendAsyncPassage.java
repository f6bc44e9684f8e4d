package dev.resilience.instrument.javahttp;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.ThreadMarks;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A call of {@code sendAsync}. The future that the application gets descends from the client's own, which keeps its class,
 * its cancellation and the thread its dependents run on; it completes after the call is settled, never before.
 */
final class SendAsyncPassage<T> extends Passage {

    private final Exchange<T> exchange;
    private final @Nullable PushPromiseHandler<T> pushes;

    private SendAsyncPassage(Exchange<T> exchange, @Nullable PushPromiseHandler<T> pushes) {
        this.exchange = exchange;
        this.pushes = pushes;
    }

    static <T> SendAsyncPassage<T> open(Exchange<T> exchange, @Nullable PushPromiseHandler<T> pushes) {
        SendAsyncPassage<T> passage = new SendAsyncPassage<>(exchange, pushes);
        exchange.open();
        CompletionStage<Ruling> stage = exchange.call().admitAsync();
        Ruling ruling = Exchange.ifKnown(stage);
        if (ruling == null) {
            passage.skipped = true;
            passage.result = DeferredCall.start(exchange, pushes, stage);
        } else if (ruling instanceof Ruling.Proceed) {
            passage.arguments = new Object[] {exchange.sent(), exchange, pushes};
        } else {
            passage.skipped = true;
            passage.result = instead(exchange, ruling);
        }
        return passage;
    }

    @Override
    @SuppressWarnings("unchecked") // the woven method's signature says so
    protected void exit(@Nullable Object given, @Nullable Throwable failure) {
        if (given == null) {
            // Thrown at once: the application's own mistake in most cases, and no answer changes that.
            exchange.settleAsync(null, failure);
            return;
        }
        result = settled(exchange, pushes, (CompletableFuture<HttpResponse<T>>) given);
    }

    /** What the application gets of a call that is not made. */
    static <T> CompletableFuture<HttpResponse<T>> instead(Exchange<T> exchange, Ruling ruling) {
        if (ruling instanceof Ruling.Substitute substitute) {
            return exchange.answer(substitute.answer());
        }
        return CompletableFuture.failedFuture(((Ruling.Reject) ruling).exception());
    }

    /** What the application gets of a call that was made. */
    static <T> CompletableFuture<HttpResponse<T>> settled(
            Exchange<T> exchange, @Nullable PushPromiseHandler<T> pushes, CompletableFuture<HttpResponse<T>> made) {
        return made.handle((response, failure) -> settledOrReplaced(exchange, pushes, response, failure))
                .thenCompose(Function.identity());
    }

    private static <T> CompletionStage<Ruling> settle(
            Exchange<T> exchange, @Nullable HttpResponse<T> response, @Nullable Throwable failure) {
        try {
            return exchange.settleAsync(response, failure);
        } catch (Throwable ours) {
            Bridge.failed(ours);
            return CompletableFuture.completedFuture(Ruling.Proceed.INSTANCE);
        }
    }

    private static <T> CompletionStage<HttpResponse<T>> settledOrReplaced(
            Exchange<T> exchange,
            @Nullable PushPromiseHandler<T> pushes,
            @Nullable HttpResponse<T> response,
            @Nullable Throwable failure) {
        CompletionStage<Ruling> stage = settle(exchange, response, failure);
        Ruling ruling = Exchange.ifKnown(stage);
        return ruling != null
                ? outcome(exchange, pushes, ruling, response, failure)
                : stage.thenComposeAsync(
                        ruled -> outcome(exchange, pushes, ruled, response, failure), Exchange.laterExecutor());
    }

    private static <T> CompletionStage<HttpResponse<T>> outcome(
            Exchange<T> exchange,
            @Nullable PushPromiseHandler<T> pushes,
            Ruling ruling,
            @Nullable HttpResponse<T> response,
            @Nullable Throwable failure) {
        if (ruling instanceof Ruling.Substitute substitute) {
            return exchange.answer(substitute.answer());
        }
        if (ruling instanceof Ruling.Again) {
            exchange.again();
            return settled(exchange, pushes, send(exchange, pushes));
        }
        return failure == null ? CompletableFuture.completedFuture(response) : CompletableFuture.failedFuture(failure);
    }

    /** Makes the call past the gate. */
    static <T> CompletableFuture<HttpResponse<T>> send(Exchange<T> exchange, @Nullable PushPromiseHandler<T> pushes) {
        ThreadMarks.enter();
        try {
            return exchange.client().sendAsync(exchange.sent(), exchange, pushes);
        } finally {
            ThreadMarks.exit();
        }
    }
}
