package dev.resilience.instrument.apache4;

import java.io.IOException;
import org.apache.http.HttpException;
import org.apache.http.HttpHost;
import org.apache.http.HttpRequest;
import org.apache.http.nio.ContentEncoder;
import org.apache.http.nio.IOControl;
import org.apache.http.nio.protocol.HttpAsyncRequestProducer;
import org.apache.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * The application's producer, which was asked for its request before the client asks, and is not asked again. Its body goes
 * out as it is, and is copied where that is wanted. Used by one thread after the other.
 */
final class AskedProducer implements HttpAsyncRequestProducer {

    private final HttpAsyncRequestProducer producer;

    /** Whether the end of what is sent is not the end of the producer, because the same call may be made again. */
    private final boolean attempt;

    private @Nullable HttpHost target;
    private @Nullable HttpRequest request;
    private @Nullable Exception thrown;

    /** Null where nobody will want to be told. */
    private @Nullable ProducedBody body;

    AskedProducer(HttpAsyncRequestProducer producer) {
        this(producer, false);
    }

    private AskedProducer(HttpAsyncRequestProducer producer, boolean attempt) {
        this.producer = producer;
        this.attempt = attempt;
    }

    /** @return null when the producer has none */
    @Nullable
    HttpRequest ask() {
        try {
            target = producer.getTarget();
            request = producer.generateRequest();
        } catch (HttpException | IOException | RuntimeException failure) {
            thrown = failure;
        }
        return thrown == null ? request : null;
    }

    @Nullable
    HttpHost target() {
        return target;
    }

    /** Whether asking it was harmless, so that the client may ask it too: the library's own only say what they were given. */
    boolean canBeAskedAgain() {
        return thrown == null && producer.getClass().getName().startsWith("org.apache.http.");
    }

    /** The body that is sent from now on, to be told. */
    ProducedBody told() {
        ProducedBody told = new ProducedBody(producer);
        body = told;
        return told;
    }

    /** For one attempt of a guarded call, whose end is not the producer's. */
    AskedProducer sending() {
        AskedProducer sending = new AskedProducer(producer, true);
        sending.target = target;
        sending.request = request;
        sending.body = body;
        return sending;
    }

    @Override
    @SuppressWarnings("NullAway") // as the application's producer said
    public HttpHost getTarget() {
        return target;
    }

    @Override
    @SuppressWarnings("NullAway") // as the application's producer said
    public HttpRequest generateRequest() throws IOException, HttpException {
        if (thrown instanceof HttpException failure) {
            throw failure;
        }
        if (thrown instanceof IOException failure) {
            throw failure;
        }
        if (thrown instanceof RuntimeException failure) {
            throw failure;
        }
        return request;
    }

    @Override
    public void produceContent(ContentEncoder encoder, IOControl control) throws IOException {
        ProducedBody told = body;
        producer.produceContent(told == null ? encoder : told.copied(encoder), control);
    }

    @Override
    public void requestCompleted(HttpContext context) {
        producer.requestCompleted(context);
    }

    @Override
    public void failed(Exception failure) {
        if (!attempt) {
            producer.failed(failure);
        }
    }

    @Override
    public boolean isRepeatable() {
        return producer.isRepeatable();
    }

    @Override
    public void resetRequest() throws IOException {
        ProducedBody told = body;
        if (told != null) {
            told.rewound();
        }
        producer.resetRequest();
    }

    @Override
    public void close() throws IOException {
        if (!attempt) {
            producer.close();
        }
    }
}
