package dev.resilience.instrument.javahttp;

import dev.resilience.fallback.BodyRecorder;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * The application's subscriber, with a copy of what it reads for the recorder. Demand, cancellation and completion are the
 * application's.
 */
final class Tee<T> implements BodySubscriber<T> {

    /**
     * The JDK's subscriber of {@code ofString} and {@code ofByteArray}, which gives nothing away before the end. Others may
     * have written half a body to a file.
     */
    private static final String IN_MEMORY = "jdk.internal.net.http.ResponseSubscribers$ByteArraySubscriber";

    private final BodySubscriber<T> reader;

    /** Guards the recorder: a cancellation may come on another thread than the body. */
    private final Object lock = new Object();

    private @Nullable BodyRecorder recorder;
    private volatile boolean handedOver;

    Tee(BodySubscriber<T> reader, @Nullable BodyRecorder recorder) {
        this.reader = reader;
        this.recorder = recorder;
    }

    /** Whether the application's handler can be asked again after a body broke off. */
    boolean repeatable() {
        return !handedOver || reader.getClass().getName().equals(IN_MEMORY);
    }

    @Override
    public CompletionStage<T> getBody() {
        return reader.getBody();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        reader.onSubscribe(recorder == null ? subscription : new Observed(subscription));
    }

    @Override
    public void onNext(List<ByteBuffer> pieces) {
        handedOver = true;
        synchronized (lock) {
            if (recorder != null) {
                for (ByteBuffer piece : pieces) {
                    recorder.write(piece);
                }
            }
        }
        reader.onNext(pieces);
    }

    @Override
    public void onError(Throwable failure) {
        stopRecording();
        reader.onError(failure);
    }

    @Override
    public void onComplete() {
        synchronized (lock) {
            if (recorder != null) {
                recorder.complete();
                recorder = null;
            }
        }
        reader.onComplete();
    }

    private void stopRecording() {
        synchronized (lock) {
            if (recorder != null) {
                recorder.abandon();
                recorder = null;
            }
        }
    }

    /** Notices that the application wants no more. */
    private final class Observed implements Subscription {

        private final Subscription subscription;

        Observed(Subscription subscription) {
            this.subscription = subscription;
        }

        @Override
        public void request(long pieces) {
            subscription.request(pieces);
        }

        @Override
        public void cancel() {
            stopRecording();
            subscription.cancel();
        }
    }
}
