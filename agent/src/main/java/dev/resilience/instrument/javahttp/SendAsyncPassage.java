package dev.resilience.instrument.javahttp;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.ThreadMarks;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A call of {@code sendAsync}. The future that the application gets descends from the client's own, which keeps its class,
 * its cancellation and the thread its dependents run on; it completes after the call is settled, never before.
 */
final class SendAsyncPassage<T> extends Passage {

    /** Where dependents of the client's own futures run, by {@code CompletableFuture}'s default. */
    private static final Executor DEPENDENTS = new CompletableFuture<Void>().defaultExecutor();

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
        CompletableFuture<HttpResponse<T>> made = (CompletableFuture<HttpResponse<T>>) given;
        // A descendant of the client's own hands a cancellation on, and nothing else comes of it.
        CompletableFuture<HttpResponse<T>> applications = new CancellableFuture<>(
                exchange, mayInterrupt -> made.newIncompleteFuture().cancel(mayInterrupt));
        exchange.given(applications);
        follow(exchange, pushes, made, applications);
        result = applications;
    }

    /**
     * What the application gets of a call that is not made. Its handler and the future's dependents run where they would for one
     * that is, and never inside {@code sendAsync}: some block, some call again.
     */
    static <T> CompletableFuture<HttpResponse<T>> instead(Exchange<T> exchange, Ruling ruling) {
        CompletableFuture<HttpResponse<T>> told = ruling instanceof Ruling.Substitute substitute
                ? CompletableFuture.supplyAsync(() -> exchange.answer(substitute.answer()), exchange.elsewhere())
                        .thenCompose(Function.identity())
                : CompletableFuture.failedFuture(((Ruling.Reject) ruling).exception());
        return told.whenCompleteAsync((response, failure) -> {}, DEPENDENTS);
    }

    /**
     * What the application gets of a call that was made. Completed by itself, and not by what it descends from, which would run
     * its dependents in the reverse of their order: CXF's own waits for a thread that is further down.
     */
    static <T> CompletableFuture<HttpResponse<T>> settled(
            Exchange<T> exchange, @Nullable PushPromiseHandler<T> pushes, CompletableFuture<HttpResponse<T>> made) {
        CompletableFuture<HttpResponse<T>> applications = made.newIncompleteFuture();
        follow(exchange, pushes, made, applications);
        return applications;
    }

    private static <T> void follow(
            Exchange<T> exchange,
            @Nullable PushPromiseHandler<T> pushes,
            CompletableFuture<HttpResponse<T>> made,
            CompletableFuture<HttpResponse<T>> applications) {
        made.whenComplete((response, failure) -> {
            try {
                settledOrReplaced(exchange, pushes, response, failure)
                        .whenComplete((told, failed) -> complete(applications, told, failed));
            } catch (Throwable ours) {
                complete(applications, null, ours);
            }
        });
    }

    /** A failure comes wrapped, as it does to each future that descends from another. */
    private static <T> void complete(
            CompletableFuture<HttpResponse<T>> applications,
            @Nullable HttpResponse<T> response,
            @Nullable Throwable failure) {
        if (failure == null) {
            applications.complete(response);
        } else {
            applications.completeExceptionally(
                    failure instanceof CompletionException ? failure : new CompletionException(failure));
        }
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
                        ruled -> outcome(exchange, pushes, ruled, response, failure), exchange.elsewhere());
    }

    private static <T> CompletionStage<HttpResponse<T>> outcome(
            Exchange<T> exchange,
            @Nullable PushPromiseHandler<T> pushes,
            Ruling ruling,
            @Nullable HttpResponse<T> response,
            @Nullable Throwable failure) {
        if (ruling instanceof Ruling.Substitute) {
            return instead(exchange, ruling);
        }
        if (ruling instanceof Ruling.Again) {
            if (exchange.givenUp()) {
                exchange.call().cancelled();
                return CompletableFuture.failedFuture(new CancellationException("Request cancelled"));
            }
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
