package dev.resilience.instrument.apache5;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
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
 * out as it is, and is copied where that is wanted. Used by one thread after the other, but for a request that its producer makes later, on any thread.
 */
final class AskedProducer implements AsyncRequestProducer {

    private final AsyncRequestProducer producer;

    private @Nullable HttpRequest request;
    private @Nullable EntityDetails details;
    private @Nullable Exception thrown;
    private @Nullable RequestChannel waiting;
    private @Nullable HttpContext waitingContext;

    /** Null where nobody will want to be told. */
    private @Nullable ProducedBody body;

    /** Whether it was let go of, and was not asked for a body since. */
    private final AtomicBoolean released = new AtomicBoolean();

    private boolean abandoned;
    private boolean unreleased;

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

    /** The body that is sent from now on, to be told. @param announced its length; -1 where nobody says */
    ProducedBody told(long announced) {
        ProducedBody told = new ProducedBody(producer, announced, () -> released.set(false));
        body = told;
        return told;
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
        ProducedBody told = body;
        DataStreamChannel wire = told == null ? channel : told.copied(channel);
        released.set(false);
        producer.produce(wire);
    }

    @Override
    public void releaseResources() {
        ProducedBody told = body;
        if (told != null) {
            told.rewound();
        }
        // Both the client and the call's end let go of it.
        if (released.compareAndSet(false, true)) {
            producer.releaseResources();
        }
    }

    /** The call was given up: what was kept for others is not, unless its body is being made, until the call's end. */
    void abandon() {
        ProducedBody told = body;
        boolean late;
        synchronized (this) {
            abandoned = true;
            late = unreleased && told != null && told.forgo();
        }
        if (late) {
            releaseResources();
        }
    }

    /** Whether it is the call's end that releases it, not its attempt's. */
    private synchronized boolean keeps() {
        unreleased = !abandoned;
        return unreleased;
    }

    /** For one attempt of a guarded call: sends this request, and keeps a failure that may not be the last to itself. */
    AskedProducer sending(HttpRequest sent, boolean repeatable) {
        ProducedBody told = body;
        AskedProducer attempt =
                new AskedProducer(repeatable ? new Rewound(this, told) : told == null ? this : new Held(this, told));
        attempt.request = sent;
        attempt.details = details();
        return attempt;
    }

    /** Passes on what is asked of a producer; how it ends is told by each in its own way. */
    private abstract static class Passing implements AsyncRequestProducer {

        private final AsyncRequestProducer producer;

        Passing(AsyncRequestProducer producer) {
            this.producer = producer;
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
    }

    /**
     * Is rewound by a failure, and told of it only at the call's end. Not while its body is made for what may take the call in
     * charge, which would get its beginning twice.
     */
    private static final class Rewound extends Passing {

        private final AsyncRequestProducer producer;
        private final @Nullable ProducedBody body;

        Rewound(AsyncRequestProducer producer, @Nullable ProducedBody body) {
            super(producer);
            this.producer = producer;
            this.body = body;
        }

        @Override
        public void failed(Exception cause) {
            releaseResources();
        }

        @Override
        public void releaseResources() {
            if (body == null || !body.isTaken()) {
                producer.releaseResources();
            }
        }
    }

    /** Where its body was not sent, it is kept for what may take the call in charge, until the call's end. */
    private static final class Held extends Passing {

        private final AskedProducer producer;
        private final ProducedBody body;

        Held(AskedProducer producer, ProducedBody body) {
            super(producer);
            this.producer = producer;
            this.body = body;
        }

        @Override
        public void failed(Exception cause) {
            if (body.isSent()) {
                producer.failed(cause);
            }
        }

        @Override
        public void releaseResources() {
            if (body.isSent() || !producer.keeps()) {
                producer.releaseResources();
            }
        }
    }
}
