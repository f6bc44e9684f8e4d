package dev.resilience.instrument.awssdk;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.guard.Ruling;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.ResponseHead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.async.SdkAsyncHttpResponseHandler;

/**
 * Stands before the SDK's handler for one attempt. A failed response is held back until it is known whether something takes
 * its place; any other is handed on as it comes. Called on the client's event loop, which it never makes wait.
 */
final class Tap implements SdkAsyncHttpResponseHandler {

    private final ExecutedCall call;
    private final SdkAsyncHttpResponseHandler handler;

    private volatile @Nullable SdkHttpResponse head;
    private volatile @Nullable Body body;

    /** What is ruled on a failed response; null for any other. */
    private volatile @Nullable CompletionStage<Ruling> ruling;

    private boolean handedOn;
    private boolean replaced;
    private boolean ended;
    private @Nullable Runnable heldEnd;

    Tap(ExecutedCall call, SdkAsyncHttpResponseHandler handler) {
        this.call = call;
        this.handler = handler;
    }

    @Override
    public void onHeaders(SdkHttpResponse received) {
        head = received;
        ResponseHead read = new ResponseHead(received.statusCode(), () -> OutgoingRequest.headers(received.headers()));
        ruling = call.held(read);
        if (ruling == null) {
            try {
                body = call.body(read);
            } catch (Throwable failure) {
                Bridge.failed(failure);
            }
            synchronized (this) {
                handedOn = true;
            }
            handler.onHeaders(received);
        }
    }

    @Override
    public void onStream(Publisher<ByteBuffer> stream) {
        CompletionStage<Ruling> stage = ruling;
        if (stage == null) {
            Body read = body;
            handler.onStream(read == null ? stream : new ReadStream(stream, read));
            return;
        }
        HeldStream held = new HeldStream();
        stream.subscribe(held);
        call.when(stage, ruled -> ruled(ruled, held));
    }

    private void ruled(Ruling ruled, HeldStream held) {
        if (!(ruled instanceof Ruling.Proceed)) {
            synchronized (this) {
                replaced = true;
            }
            call.over();
            held.drain();
            call.replaced(ruled);
            return;
        }
        if (call.givenUp()) {
            // Meanwhile: who gave it up is not told of a response any more.
            synchronized (this) {
                replaced = true;
            }
            held.drain();
            return;
        }
        SdkHttpResponse response = head;
        handler.onHeaders(response);
        handler.onStream(held);
        Runnable end;
        synchronized (this) {
            handedOn = true;
            end = heldEnd;
        }
        if (end != null) {
            end.run();
        }
    }

    @Override
    public void onError(Throwable failure) {
        if (call.givenUp()) {
            call.tell(failure);
        }
        end(failure);
    }

    /** The attempt is over. @param failure null for one that was answered */
    void end(@Nullable Throwable failure) {
        boolean known;
        synchronized (this) {
            if (ended || replaced) {
                return;
            }
            ended = true;
            known = handedOn;
            if (!known && ruling != null) {
                heldEnd = () -> finish(failure, true);
                return;
            }
        }
        finish(failure, known);
    }

    private void finish(@Nullable Throwable failure, boolean known) {
        if (!known) {
            call.failed(failure == null ? new IOException("neither response nor failure") : failure);
            return;
        }
        call.over();
        if (failure == null) {
            call.complete();
            return;
        }
        Throwable cause = call.cause(failure);
        Body read = body;
        if (read != null) {
            read.broken(call.told(cause));
        }
        call.fail(cause);
    }
}
