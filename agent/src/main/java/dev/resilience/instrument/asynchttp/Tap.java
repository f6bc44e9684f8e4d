package dev.resilience.instrument.asynchttp;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.guard.Ruling;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.ResponseHead;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLSession;
import org.asynchttpclient.AsyncHandler;
import org.asynchttpclient.HttpResponseBodyPart;
import org.asynchttpclient.HttpResponseStatus;
import org.asynchttpclient.handler.ProgressAsyncHandler;
import org.asynchttpclient.handler.TransferCompletionHandler;
import org.asynchttpclient.netty.request.NettyRequest;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the application's handler for one attempt. A failed response is held back until it is known whether something
 * takes its place; any other is handed on as it comes. Called on the client's event loop, which it never makes wait.
 */
final class Tap<T> implements ProgressAsyncHandler<Object> {

    private final HandledCall<T> call;
    private final AsyncHandler<T> handler;
    private final List<HttpResponseBodyPart> held = new ArrayList<>();

    private @Nullable HttpResponseStatus status;
    private @Nullable HttpHeaders headers;
    private @Nullable Body body;

    /** What is ruled on a failed response; null for any other. */
    private @Nullable CompletionStage<Ruling> ruling;

    private boolean handedOn;
    private boolean ended;

    Tap(HandledCall<T> call) {
        this.call = call;
        this.handler = call.handler;
    }

    @Override
    public State onStatusReceived(HttpResponseStatus received) {
        status = received;
        return State.CONTINUE;
    }

    @Override
    public State onHeadersReceived(HttpHeaders received) throws Exception {
        headers = received;
        HttpResponseStatus line = status;
        int code = line == null ? 0 : line.getStatusCode();
        ResponseHead head = new ResponseHead(code, () -> OutgoingRequest.headers(received));
        ruling = call.held(head);
        if (ruling != null) {
            return State.CONTINUE;
        }
        try {
            Body read = call.body(head);
            body = read == null || line == null ? read : read.ledTo(() -> call.ledTo(line));
        } catch (Throwable failure) {
            Bridge.failed(failure);
        }
        return handOn();
    }

    /** Hands the head on. */
    private State handOn() throws Exception {
        handedOn = true;
        return handler.onStatusReceived(status) == State.CONTINUE ? handler.onHeadersReceived(headers) : State.ABORT;
    }

    @Override
    public State onBodyPartReceived(HttpResponseBodyPart part) throws Exception {
        if (ruling != null) {
            held.add(part);
            return State.CONTINUE;
        }
        Body read = body;
        if (read != null && read.keeps()) {
            byte[] bytes = part.getBodyPartBytes();
            read.write(bytes, 0, bytes.length);
        }
        State state = handler.onBodyPartReceived(part);
        if (state == State.ABORT && read != null) {
            read.abandon();
        }
        return state;
    }

    @Override
    public State onTrailingHeadersReceived(HttpHeaders trailers) throws Exception {
        return ruling == null ? handler.onTrailingHeadersReceived(trailers) : State.CONTINUE;
    }

    @Override
    public @Nullable Object onCompleted() {
        if (ended) {
            return null;
        }
        ended = true;
        call.over();
        CompletionStage<Ruling> stage = ruling;
        if (stage != null) {
            call.when(stage, ruled -> {
                if (!call.replaced(ruled)) {
                    handOnWhatWasHeld();
                }
            });
            return null;
        }
        Body read = body;
        if (read != null) {
            read.complete();
        }
        call.complete();
        return null;
    }

    private void handOnWhatWasHeld() {
        if (call.givenUp()) {
            return;
        }
        try {
            State state = handOn();
            for (int i = 0; i < held.size() && state == State.CONTINUE; i++) {
                state = handler.onBodyPartReceived(held.get(i));
            }
            call.complete();
        } catch (Throwable handlerFailure) {
            call.fail(handlerFailure);
        }
    }

    @Override
    public void onThrowable(Throwable failure) {
        if (ended) {
            return;
        }
        ended = true;
        call.over();
        Body read = body;
        if (read != null) {
            read.broken(call.cause(failure));
        }
        CompletionStage<Ruling> stage = ruling;
        if (stage != null) {
            call.when(stage, ruled -> {
                if (!call.replaced(ruled)) {
                    call.fail(failure);
                }
            });
        } else if (handedOn) {
            call.fail(call.cause(failure));
        } else {
            call.failed(failure);
        }
    }

    @Override
    public void onHostnameResolutionAttempt(String name) {
        handler.onHostnameResolutionAttempt(name);
    }

    @Override
    public void onHostnameResolutionSuccess(String name, List<InetSocketAddress> addresses) {
        handler.onHostnameResolutionSuccess(name, addresses);
    }

    @Override
    public void onHostnameResolutionFailure(String name, Throwable cause) {
        handler.onHostnameResolutionFailure(name, cause);
    }

    @Override
    public void onTcpConnectAttempt(InetSocketAddress address) {
        handler.onTcpConnectAttempt(address);
    }

    @Override
    public void onTcpConnectSuccess(InetSocketAddress address, Channel connection) {
        handler.onTcpConnectSuccess(address, connection);
    }

    @Override
    public void onTcpConnectFailure(InetSocketAddress address, Throwable cause) {
        handler.onTcpConnectFailure(address, cause);
    }

    @Override
    public void onTlsHandshakeAttempt() {
        handler.onTlsHandshakeAttempt();
    }

    @Override
    public void onTlsHandshakeSuccess(SSLSession session) {
        handler.onTlsHandshakeSuccess(session);
    }

    @Override
    public void onTlsHandshakeFailure(Throwable cause) {
        handler.onTlsHandshakeFailure(cause);
    }

    @Override
    public void onConnectionPoolAttempt() {
        handler.onConnectionPoolAttempt();
    }

    @Override
    public void onConnectionPooled(Channel connection) {
        handler.onConnectionPooled(connection);
    }

    @Override
    public void onConnectionOffer(Channel connection) {
        handler.onConnectionOffer(connection);
    }

    @Override
    public void onRequestSend(NettyRequest request) {
        // The client tells such a handler itself, where it knows it for one.
        if (handler instanceof TransferCompletionHandler transfer) {
            transfer.headers(
                    new DefaultHttpHeaders().set(request.getHttpRequest().headers()));
        }
        handler.onRequestSend(request);
    }

    @Override
    public void onRetry() {
        handler.onRetry();
    }

    @Override
    public State onHeadersWritten() {
        return handler instanceof ProgressAsyncHandler<T> progress ? progress.onHeadersWritten() : State.CONTINUE;
    }

    @Override
    public State onContentWritten() {
        return handler instanceof ProgressAsyncHandler<T> progress ? progress.onContentWritten() : State.CONTINUE;
    }

    @Override
    public State onContentWriteProgress(long amount, long current, long total) {
        return handler instanceof ProgressAsyncHandler<T> progress
                ? progress.onContentWriteProgress(amount, current, total)
                : State.CONTINUE;
    }
}
