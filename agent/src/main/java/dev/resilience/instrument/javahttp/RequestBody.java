package dev.resilience.instrument.javahttp;

import dev.resilience.fallback.Request;
import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a request's body, where asking for them disturbs nothing: only of the JDK's publishers of bodies in memory,
 * which give the same bytes to every subscriber, at once and on the subscriber's own thread.
 */
final class RequestBody {

    private static final byte[] NONE = {};

    private static final String EMPTY = "jdk.internal.net.http.RequestPublishers$EmptyPublisher";
    private static final String FILE = "jdk.internal.net.http.RequestPublishers$FilePublisher";

    private static final Set<String> IN_MEMORY = Set.of(
            "jdk.internal.net.http.RequestPublishers$ByteArrayPublisher",
            "jdk.internal.net.http.RequestPublishers$StringPublisher");

    private RequestBody() {}

    /** The bytes; empty for no body, null when they cannot be told. */
    static byte @Nullable [] of(@Nullable BodyPublisher publisher) {
        if (publisher == null) {
            return NONE;
        }
        if (publisher.getClass().getName().equals(EMPTY)) {
            return NONE;
        }
        if (!IN_MEMORY.contains(publisher.getClass().getName())) {
            return null;
        }
        long length = publisher.contentLength();
        if (length < 0 || length > Request.Http.MAX_BODY) {
            return null;
        }
        Copy copy = new Copy((int) length);
        publisher.subscribe(copy);
        return copy.whole();
    }

    /** Whether {@link #of} tells such a publisher's bytes, if they are not too many. */
    static boolean tells(BodyPublisher publisher) {
        String type = publisher.getClass().getName();
        return type.equals(EMPTY) || IN_MEMORY.contains(type);
    }

    /** Whether the publisher surely gives the same to a second subscriber. */
    static boolean repeatable(@Nullable BodyPublisher publisher) {
        if (publisher == null) {
            return true;
        }
        String type = publisher.getClass().getName();
        return type.equals(EMPTY) || type.equals(FILE) || IN_MEMORY.contains(type);
    }

    private static final class Copy implements Subscriber<ByteBuffer> {

        private final ByteBuffer bytes;
        private boolean complete;

        Copy(int length) {
            bytes = ByteBuffer.allocate(length);
        }

        byte @Nullable [] whole() {
            return complete && !bytes.hasRemaining() ? bytes.array() : null;
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ByteBuffer piece) {
            bytes.put(piece);
        }

        @Override
        public void onError(Throwable failure) {
            complete = false;
        }

        @Override
        public void onComplete() {
            complete = true;
        }
    }
}
