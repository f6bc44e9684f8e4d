package dev.resilience.instrument.javahttp;

import dev.resilience.fallback.Request;
import dev.resilience.instrument.http.BodyCopy;
import dev.resilience.instrument.http.OneTimeBody;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/** A request's body of which nobody knows whether it can be published twice. Thread-safe. */
final class OneTimePublisher implements BodyPublisher {

    private final BodyPublisher publisher;
    private final OneTimeBody body = new OneTimeBody();

    private OneTimePublisher(BodyPublisher publisher) {
        this.publisher = publisher;
    }

    /** Null where the body is told without, and for one that is too long for a copy. */
    static @Nullable OneTimePublisher of(@Nullable BodyPublisher publisher) {
        return publisher == null || RequestBody.tells(publisher) || publisher.contentLength() > Request.Http.MAX_BODY
                ? null
                : new OneTimePublisher(publisher);
    }

    byte @Nullable [] bytes() {
        return body.bytes();
    }

    /** Has it published to nobody, where it was not published yet. @param elsewhere where that is done */
    CompletionStage<?> gather(Executor elsewhere) {
        return body.gather(elsewhere, (copy, over) -> publisher.subscribe(new Gathering(copy, over)));
    }

    @Override
    public long contentLength() {
        return publisher.contentLength();
    }

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> client) {
        BodyCopy copy = body.begin();
        if (copy != null) {
            publisher.subscribe(new Copying(client, copy.expecting(contentLength())));
            return;
        }
        byte[] known = body.bytes();
        if (known == null) {
            client.onSubscribe(new Nothing());
            client.onError(new IOException("the request body was read for a fallback and can be sent no more"));
        } else {
            BodyPublishers.ofByteArray(known).subscribe(client);
        }
    }

    /** Hands on what is published, and keeps a copy. */
    private static final class Copying implements Subscriber<ByteBuffer> {

        private final Subscriber<? super ByteBuffer> client;
        private final BodyCopy copy;

        Copying(Subscriber<? super ByteBuffer> client, BodyCopy copy) {
            this.client = client;
            this.copy = copy;
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            client.onSubscribe(subscription);
        }

        @Override
        public void onNext(ByteBuffer piece) {
            copy.write(piece);
            client.onNext(piece);
        }

        @Override
        public void onError(Throwable failure) {
            client.onError(failure);
        }

        @Override
        public void onComplete() {
            copy.complete();
            client.onComplete();
        }
    }

    /** Keeps what is published, as much as is kept. */
    private static final class Gathering implements Subscriber<ByteBuffer> {

        private final BodyCopy copy;
        private final CompletableFuture<@Nullable Void> over;

        Gathering(BodyCopy copy, CompletableFuture<@Nullable Void> over) {
            this.copy = copy;
            this.over = over;
        }

        @Override
        public void onSubscribe(Subscription begun) {
            over.whenComplete((nothing, failure) -> begun.cancel());
            begun.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ByteBuffer piece) {
            boolean goesOn = !over.isDone() && copy.write(piece);
            piece.position(piece.limit());
            if (!goesOn) {
                over.complete(null);
            }
        }

        @Override
        public void onError(Throwable failure) {
            over.complete(null);
        }

        @Override
        public void onComplete() {
            if (!over.isDone()) {
                copy.complete();
            }
            over.complete(null);
        }
    }

    private static final class Nothing implements Subscription {

        @Override
        public void request(long pieces) {
            // There are none.
        }

        @Override
        public void cancel() {
            // Nothing runs.
        }
    }
}
