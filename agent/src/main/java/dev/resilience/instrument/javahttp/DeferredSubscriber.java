package dev.resilience.instrument.javahttp;

import dev.resilience.guard.Ruling;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow.Subscription;

/**
 * Holds a failed response's body back, without a thread waiting, until it is known whether a stored answer takes its place:
 * only then the application's handler is asked, or the body thrown away. Nothing is requested before, so nothing but the
 * end can arrive.
 */
final class DeferredSubscriber<T> implements BodySubscriber<T> {

    private final CompletionStage<Ruling> ruling;
    private final BodyHandler<T> handler;
    private final ResponseInfo head;
    private final Executor executor;

    /** The reader, once it has its subscription. */
    private final CompletableFuture<BodySubscriber<T>> ready = new CompletableFuture<>();

    /** The last signal in the queue before the reader. Written by the upstream alone, one signal at a time. */
    private CompletableFuture<BodySubscriber<T>> last = ready;

    DeferredSubscriber(CompletionStage<Ruling> ruling, BodyHandler<T> handler, ResponseInfo head, Executor executor) {
        this.ruling = ruling;
        this.handler = handler;
        this.head = head;
        this.executor = executor;
    }

    @Override
    public CompletionStage<T> getBody() {
        return ready.thenCompose(BodySubscriber::getBody);
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        // Off the thread that rules, which is the store's.
        ruling.whenCompleteAsync((ruled, failure) -> choose(ruled, subscription), executor);
    }

    @Override
    public void onNext(List<ByteBuffer> pieces) {
        last = last.thenApply(reader -> {
            reader.onNext(pieces);
            return reader;
        });
    }

    @Override
    public void onError(Throwable failure) {
        last = last.thenApply(reader -> {
            reader.onError(failure);
            return reader;
        });
    }

    @Override
    public void onComplete() {
        last = last.thenApply(reader -> {
            reader.onComplete();
            return reader;
        });
    }

    private void choose(Ruling ruled, Subscription subscription) {
        try {
            BodySubscriber<T> reader =
                    ruled instanceof Ruling.Proceed ? handler.apply(head) : new DiscardingSubscriber<>();
            reader.onSubscribe(subscription);
            ready.complete(reader);
        } catch (Throwable handlerFailure) {
            subscription.cancel();
            ready.completeExceptionally(handlerFailure);
        }
    }
}
