package dev.resilience.instrument.javahttp;

import dev.resilience.instrument.http.Body;
import java.net.URI;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * The application's subscriber, with its body watched as it reads. Demand, cancellation and completion are the application's.
 * How the body ended is told only after the response was handed over: a call that fails before is settled as one that failed.
 */
final class Tee<T> implements BodySubscriber<T> {

    private static final String JDK = "jdk.internal.net.http.ResponseSubscribers$";

    /**
     * The JDK's subscriber of {@code ofString} and {@code ofByteArray}, which gives nothing away before the end. Others may
     * have written half a body to a file.
     */
    private static final String IN_MEMORY = JDK + "ByteArraySubscriber";

    /** Those that give nothing away before the end: their call fails when their body does. */
    private static final Set<String> WHOLE = Set.of(IN_MEMORY, JDK + "PathSubscriber", JDK + "NullSubscriber");

    private final BodySubscriber<T> reader;
    private final Body body;
    private volatile boolean received;
    private boolean handedOver;
    private @Nullable Runnable end;

    Tee(BodySubscriber<T> reader, Body body) {
        this.reader = reader;
        this.body = body;
    }

    /** Whether a response is whole when it is handed over. */
    static boolean reads(BodySubscriber<?> reader) {
        return WHOLE.contains(reader.getClass().getName());
    }

    /** Whether the application's handler can be asked again after a body broke off. */
    boolean repeatable() {
        return !received || reader.getClass().getName().equals(IN_MEMORY);
    }

    /** The application has the response. @param address where it came from in the end */
    void handedOver(URI address) {
        body.ledTo(() -> address);
        body.open();
        // The client asks for the body whether anybody reads it or not.
        body.awaited();
        Runnable known;
        synchronized (this) {
            handedOver = true;
            known = end;
        }
        if (known != null) {
            known.run();
        }
    }

    /** The call failed, and is settled as that. */
    void failed() {
        body.drop();
    }

    @Override
    public CompletionStage<T> getBody() {
        return reader.getBody();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        reader.onSubscribe(new Observed(subscription));
    }

    @Override
    public void onNext(List<ByteBuffer> pieces) {
        received = true;
        if (body.keeps()) {
            for (ByteBuffer piece : pieces) {
                body.write(piece);
            }
        }
        reader.onNext(pieces);
    }

    @Override
    public void onError(Throwable failure) {
        ended(() -> body.broken(failure));
        reader.onError(failure);
    }

    @Override
    public void onComplete() {
        ended(body::complete);
        reader.onComplete();
    }

    private void ended(Runnable how) {
        synchronized (this) {
            if (end != null) {
                return;
            }
            end = how;
            if (!handedOver) {
                return;
            }
        }
        how.run();
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
            ended(body::abandon);
            subscription.cancel();
        }
    }
}
