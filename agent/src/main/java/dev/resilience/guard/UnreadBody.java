package dev.resilience.guard;

import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * A body that nobody reads: the response counts as there when its head is. A short body is drained, so that the connection
 * can be used again; for a long one the connection is broken off.
 */
final class UnreadBody implements BodySubscriber<@Nullable Void> {

    private static final int MOST_DRAINED = 64 << 10;

    private volatile @Nullable Subscription subscription;
    private volatile boolean ended;
    private int drained;

    @Override
    public CompletionStage<@Nullable Void> getBody() {
        return CompletableFuture.completedStage(null);
    }

    @Override
    public void onSubscribe(Subscription begun) {
        subscription = begun;
        begun.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
        for (ByteBuffer part : parts) {
            drained += part.remaining();
        }
        if (drained > MOST_DRAINED || drained < 0) {
            giveUp();
        }
    }

    /** Breaks the connection off, when the body has not ended yet. */
    void giveUp() {
        Subscription begun = subscription;
        if (begun != null && !ended) {
            ended = true;
            begun.cancel();
        }
    }

    @Override
    public void onError(Throwable failure) {
        ended = true;
    }

    @Override
    public void onComplete() {
        ended = true;
    }
}
