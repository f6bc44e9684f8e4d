package dev.resilience.instrument.apache5;

import java.io.IOException;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.nio.AsyncRequestProducer;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.apache.hc.core5.http.nio.RequestChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * The application's producer, which was asked for its request before the client asks, and is not asked again. Its body goes
 * out as it is. Used by one thread after the other, but for a request that its producer makes later, on any thread.
 */
final class AskedProducer implements AsyncRequestProducer {

    private final AsyncRequestProducer producer;

    private @Nullable HttpRequest request;
    private @Nullable EntityDetails details;
    private @Nullable Exception thrown;
    private @Nullable RequestChannel waiting;
    private @Nullable HttpContext waitingContext;

    AskedProducer(AsyncRequestProducer producer) {
        this.producer = producer;
    }

    /** @return null when the producer does not say at once */
    @Nullable
    HttpRequest ask(HttpContext context) {
        try {
            producer.sendRequest((made, entity, used) -> made(made, entity), context);
        } catch (HttpException | IOException | RuntimeException failure) {
            thrown = failure;
        }
        synchronized (this) {
            return thrown == null ? request : null;
        }
    }

    /** Whether asking it was harmless, so that the client may ask it too: the library's own only say what they were given. */
    boolean canBeAskedAgain() {
        return thrown == null && producer.getClass().getName().startsWith("org.apache.hc.");
    }

    /** What is known of the request's body, null when it has none. */
    synchronized @Nullable EntityDetails details() {
        return details;
    }

    private void made(HttpRequest made, @Nullable EntityDetails entity) throws HttpException, IOException {
        RequestChannel channel;
        synchronized (this) {
            request = made;
            details = entity;
            channel = waiting;
        }
        if (channel != null) {
            channel.sendRequest(made, entity, waitingContext);
        }
    }

    @Override
    public void sendRequest(RequestChannel channel, HttpContext context) throws HttpException, IOException {
        if (thrown instanceof HttpException failure) {
            throw failure;
        }
        if (thrown instanceof IOException failure) {
            throw failure;
        }
        if (thrown instanceof RuntimeException failure) {
            throw failure;
        }
        HttpRequest made;
        synchronized (this) {
            made = request;
            if (made == null) {
                waiting = channel;
                waitingContext = context;
                return;
            }
        }
        channel.sendRequest(made, details(), context);
    }

    @Override
    public boolean isRepeatable() {
        return producer.isRepeatable();
    }

    @Override
    public void failed(Exception cause) {
        producer.failed(cause);
    }

    @Override
    public int available() {
        return producer.available();
    }

    @Override
    public void produce(DataStreamChannel channel) throws IOException {
        producer.produce(channel);
    }

    @Override
    public void releaseResources() {
        producer.releaseResources();
    }

    /** For one attempt of a guarded call: sends this request, and keeps a failure that may not be the last to itself. */
    AskedProducer sending(HttpRequest sent, boolean repeatable) {
        AskedProducer attempt = new AskedProducer(repeatable ? new Rewound(this) : this);
        attempt.request = sent;
        attempt.details = details();
        return attempt;
    }

    /** Is rewound by a failure, and told of it only at the call's end. */
    private record Rewound(AsyncRequestProducer producer) implements AsyncRequestProducer {

        @Override
        public void failed(Exception cause) {
            producer.releaseResources();
        }

        @Override
        public void sendRequest(RequestChannel channel, HttpContext context) throws HttpException, IOException {
            producer.sendRequest(channel, context);
        }

        @Override
        public boolean isRepeatable() {
            return producer.isRepeatable();
        }

        @Override
        public int available() {
            return producer.available();
        }

        @Override
        public void produce(DataStreamChannel channel) throws IOException {
            producer.produce(channel);
        }

        @Override
        public void releaseResources() {
            producer.releaseResources();
        }
    }
}
