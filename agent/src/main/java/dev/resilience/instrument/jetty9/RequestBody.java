package dev.resilience.instrument.jetty9;

import dev.resilience.instrument.http.BodyCopy;
import dev.resilience.instrument.http.Elsewhere;
import dev.resilience.instrument.http.OneTimeBody;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.eclipse.jetty.client.api.ContentProvider;
import org.eclipse.jetty.client.api.Request;
import org.jspecify.annotations.Nullable;

/**
 * A request's body that is read once only: copied as the client tells what it sent, and where the client did not read it, read for
 * what may take the call in charge, on no event loop. Thread-safe.
 */
final class RequestBody
        implements Request.BeginListener, Request.ContentListener, Request.SuccessListener, Request.FailureListener {

    private final Request request;
    private final Object content;
    private final Elsewhere elsewhere = new Elsewhere();
    private final OneTimeBody body = new OneTimeBody();

    /** Completes when the client sent it, or could not; what an early response is ruled on waits for that. */
    private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

    private volatile @Nullable BodyCopy sent;

    /** @param content as {@link OutgoingRequest#content} has it */
    RequestBody(Request request, Object content) {
        this.request = request;
        this.content = content;
    }

    /** Hears of how it is sent. */
    void listen() {
        request.onRequestBegin(this)
                .onRequestContent(this)
                .onRequestSuccess(this)
                .onRequestFailure(this);
    }

    byte @Nullable [] bytes() {
        return body.bytes();
    }

    /** Has it read for nobody, where the client did not begin to. */
    CompletionStage<?> gather() {
        if (sent != null) {
            return OneTimeBody.limited(ended.copy(), elsewhere);
        }
        boolean failed = isWritten() && request.getAbortCause() != null;
        return failed ? CompletableFuture.completedFuture(null) : read();
    }

    private CompletionStage<?> read() {
        return body.gather(elsewhere, (copy, over) -> {
            // What newer versions make of an older provider is that one's only listener already.
            if (content instanceof ContentProvider own) {
                new ProvidedReading(own, copy, over, isWritten()).run();
            } else {
                new SubscribedReading(content, copy, over, isWritten()).run();
            }
        });
    }

    /** Something else answers: who is still writing the body waits for somebody to read it. */
    void answered() {
        if (sent == null && isWritten()) {
            read();
        }
    }

    /** Whether the application writes it meanwhile. */
    private boolean isWritten() {
        Object provider = OutgoingRequest.provider(content);
        String type = provider.getClass().getName();
        return type.startsWith("org.eclipse.jetty.client.util.")
                && (type.contains(".Deferred") || type.contains(".OutputStream") || type.contains(".Async"));
    }

    @Override
    public void onBegin(Request begun) {
        sent = body.begin();
    }

    @Override
    public void onContent(Request sending, ByteBuffer piece) {
        BodyCopy copy = sent;
        if (copy != null && !copy.write(piece)) {
            ended.complete(null);
        }
    }

    @Override
    public void onSuccess(Request whole) {
        BodyCopy copy = sent;
        if (copy != null) {
            copy.complete();
        }
        ended.complete(null);
    }

    @Override
    public void onFailure(Request broken, Throwable failure) {
        ended.complete(null);
    }
}
