package dev.resilience.instrument.awssdk;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.RequestHead;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkHttpContentPublisher;

/** A request, signed already: the client adds nothing to it. */
final class OutgoingRequest extends RequestHead {

    /** The SDK's own publisher of a body that is in memory, which gives it to each subscriber at once. */
    private static final String IN_MEMORY =
            "software.amazon.awssdk.core.internal.http.async.SimpleHttpContentPublisher";

    private final AsyncExecuteRequest request;

    OutgoingRequest(AsyncExecuteRequest request) {
        super(request.request().method().name(), request.request().getUri());
        this.request = request;
    }

    @Override
    public List<Answer.Header> headers() {
        return headers(request.request().headers());
    }

    static List<Answer.Header> headers(Map<String, List<String>> all) {
        List<Answer.Header> headers = new ArrayList<>(all.size());
        all.forEach((name, values) -> values.forEach(value -> headers.add(new Answer.Header(name, value))));
        return headers;
    }

    /** Whether the body, if there is one, can be sent twice: what applications publish may come once only. */
    static boolean repeatable(AsyncExecuteRequest request) {
        SdkHttpContentPublisher content = request.requestContentPublisher();
        return content.contentLength().orElse(-1L) == 0L
                || content.getClass().getName().equals(IN_MEMORY);
    }

    @Override
    public byte @Nullable [] body() {
        SdkHttpContentPublisher content = request.requestContentPublisher();
        long length = content.contentLength().orElse(-1L);
        if (length == 0) {
            return NO_BODY;
        }
        if (length < 0 || length > MAX_BODY || !repeatable(request)) {
            return null;
        }
        Whole whole = new Whole((int) length);
        content.subscribe(whole);
        return whole.bytes.hasRemaining() ? null : whole.bytes.array();
    }

    @Override
    protected @Nullable String cookies() {
        return null;
    }

    @Override
    protected @Nullable Object credentials() {
        return null;
    }

    /** Takes all of a body that comes at once. */
    private static final class Whole implements Subscriber<ByteBuffer> {

        private final ByteBuffer bytes;

        Whole(int length) {
            bytes = ByteBuffer.allocate(length);
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ByteBuffer piece) {
            bytes.put(piece.duplicate());
        }

        @Override
        public void onError(Throwable failure) {
            // What is missing tells.
        }

        @Override
        public void onComplete() {
            // As above.
        }
    }
}
