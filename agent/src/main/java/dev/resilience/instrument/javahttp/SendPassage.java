package dev.resilience.instrument.javahttp;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.ThreadMarks;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** A call of {@code send}: everything happens on the caller's thread. */
final class SendPassage<T> extends Passage {

    private final Exchange<T> exchange;

    private SendPassage(Exchange<T> exchange) {
        this.exchange = exchange;
    }

    static <T> SendPassage<T> open(Exchange<T> exchange) {
        SendPassage<T> passage = new SendPassage<>(exchange);
        exchange.open();
        Ruling ruling = exchange.call().admit();
        if (ruling instanceof Ruling.Reject reject) {
            passage.skipped = true;
            passage.thrown = reject.exception();
        } else if (ruling instanceof Ruling.Substitute substitute) {
            passage.skipped = true;
            passage.give(substitute);
        } else {
            passage.arguments = new Object[] {exchange.sent(), exchange};
        }
        return passage;
    }

    @Override
    @SuppressWarnings("unchecked") // the woven method's signature says so
    protected void exit(@Nullable Object given, @Nullable Throwable failure) {
        HttpResponse<T> response = (HttpResponse<T>) given;
        Ruling ruling = exchange.settle(response, failure);
        while (ruling instanceof Ruling.Again) {
            exchange.again();
            response = null;
            failure = null;
            ThreadMarks.enter();
            try {
                response = exchange.client().send(exchange.sent(), exchange);
            } catch (Throwable anew) {
                failure = anew;
            } finally {
                ThreadMarks.exit();
            }
            ruling = exchange.settle(response, failure);
        }
        result = response;
        thrown = failure;
        if (ruling instanceof Ruling.Substitute substitute) {
            give(substitute);
        }
    }

    /** Gives the caller the answer, or what its handler makes of it when that fails, as {@code send} would. */
    private void give(Ruling.Substitute substitute) {
        CompletableFuture<HttpResponse<T>> answer = exchange.answer(substitute.answer());
        try {
            result = answer.get();
            thrown = null;
        } catch (ExecutionException handlerFailure) {
            Throwable cause = handlerFailure.getCause();
            thrown = new IOException(cause == null ? null : cause.getMessage(), cause);
        } catch (InterruptedException interrupted) {
            thrown = interrupted;
        }
    }
}
