package dev.resilience.instrument.awssdk;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * The body of a failed response, which waits in the client until it is known whose it is: the application's, or nobody's.
 * Subscribed to the client's at once, because some of them serve nobody who comes late. Thread-safe.
 */
final class HeldStream implements Publisher<ByteBuffer>, Subscriber<ByteBuffer>, Subscription {

    private volatile @Nullable Subscriber<? super ByteBuffer> reader;
    private @Nullable Subscription source;
    private long wanted;
    private boolean cancelled;
    private boolean begun;
    private boolean ended;
    private @Nullable Throwable failure;

    /** Lets it flow to nobody, so that the connection can serve again. */
    void drain() {
        subscribe(new Nobody());
    }

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> asking) {
        reader = asking;
        asking.onSubscribe(this);
        boolean over;
        synchronized (this) {
            begun = true;
            over = ended;
        }
        if (over) {
            tellEnd();
        }
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        long asked;
        boolean unwanted;
        synchronized (this) {
            source = subscription;
            asked = wanted;
            unwanted = cancelled;
        }
        if (unwanted) {
            subscription.cancel();
        } else if (asked > 0) {
            subscription.request(asked);
        }
    }

    @Override
    public void request(long pieces) {
        Subscription there;
        synchronized (this) {
            there = source;
            if (there == null) {
                wanted = wanted + pieces < 0 ? Long.MAX_VALUE : wanted + pieces;
                return;
            }
        }
        there.request(pieces);
    }

    @Override
    public void cancel() {
        Subscription there;
        synchronized (this) {
            cancelled = true;
            there = source;
        }
        if (there != null) {
            there.cancel();
        }
    }

    @Override
    public void onNext(ByteBuffer piece) {
        Subscriber<? super ByteBuffer> asked = reader;
        if (asked != null) {
            asked.onNext(piece);
        }
    }

    @Override
    public void onError(Throwable cause) {
        synchronized (this) {
            failure = cause;
        }
        onComplete();
    }

    @Override
    public void onComplete() {
        synchronized (this) {
            ended = true;
            if (!begun) {
                return;
            }
        }
        tellEnd();
    }

    private void tellEnd() {
        Subscriber<? super ByteBuffer> asked = reader;
        Throwable cause;
        synchronized (this) {
            cause = failure;
        }
        if (asked != null && cause != null) {
            asked.onError(cause);
        } else if (asked != null) {
            asked.onComplete();
        }
    }

    private static final class Nobody implements Subscriber<ByteBuffer> {

        @Override
        public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ByteBuffer piece) {
            // Nobody's.
        }

        @Override
        public void onError(Throwable cause) {
            // Nobody's.
        }

        @Override
        public void onComplete() {
            // Nobody's.
        }
    }
}
