package dev.resilience.instrument.javahttp;

import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * Reads away the body of a response that is replaced, so that its connection can be used again; a long one is given up,
 * connection and all. The caller does not wait for it.
 */
final class DiscardingSubscriber<T> implements BodySubscriber<T> {

    /** Bytes that are worth reading to save a connection. */
    private static final long WORTH_READING = 64 * 1024;

    private @Nullable Subscription subscription;
    private long read;

    @Override
    public CompletionStage<T> getBody() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void onSubscribe(Subscription upstream) {
        subscription = upstream;
        upstream.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> pieces) {
        for (ByteBuffer piece : pieces) {
            read += piece.remaining();
            piece.position(piece.limit());
        }
        if (read > WORTH_READING && subscription != null) {
            subscription.cancel();
        }
    }

    @Override
    public void onError(Throwable failure) {
        // Nobody reads this body.
    }

    @Override
    public void onComplete() {
        // Nobody reads this body.
    }
}
