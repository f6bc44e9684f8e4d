package dev.resilience.instrument.jetty9;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.instrument.http.HiddenFields;
import dev.resilience.instrument.http.ListenedCall;
import dev.resilience.instrument.http.ResponseHead;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpRequest;
import org.eclipse.jetty.client.HttpResponse;
import org.eclipse.jetty.client.ResponseNotifier;
import org.eclipse.jetty.client.api.Response;
import org.eclipse.jetty.client.api.Result;
import org.jspecify.annotations.Nullable;

/** One call: the application's request with a listener of ours in place of the application's own. */
final class JettyCall extends ListenedCall {

    final HttpRequest request;

    /** The application's. */
    final List<Response.ResponseListener> listeners;

    final ResponseNotifier notifier = new ResponseNotifier();

    /** The request's own list. */
    private final List<Response.ResponseListener> heard;

    /** Null where it is told without being listened to. */
    private final @Nullable RequestBody body;

    private final Runnable done;
    private boolean sent;

    /** @param done runs when the call is over */
    JettyCall(
            HttpCall call,
            HttpRequest request,
            @Nullable RequestBody body,
            Response.@Nullable CompleteListener listener,
            Runnable done) {
        super(call, client(request).getExecutor());
        this.request = request;
        this.body = body;
        if (body != null) {
            body.listen();
        }
        this.heard = heard(request);
        this.listeners = new ArrayList<>(heard);
        if (listener != null) {
            listeners.add(listener);
        }
        this.done = done;
    }

    static HttpClient client(HttpRequest request) {
        try {
            Object client = HiddenFields.value(request, "client");
            if (client instanceof HttpClient own) {
                return own;
            }
            throw new IllegalStateException("a request without a client");
        } catch (ReflectiveOperationException unknown) {
            throw new IllegalStateException(unknown);
        }
    }

    /** Whether the client unpacks bodies of this encoding before anybody reads them. */
    boolean unpacks(String encoding) {
        try {
            Object factories =
                    HttpClient.class.getMethod("getContentDecoderFactories").invoke(client(request));
            if (factories instanceof Iterable<?> all) {
                for (Object factory : all) {
                    Object known = factory.getClass().getMethod("getEncoding").invoke(factory);
                    if (encoding.equalsIgnoreCase(String.valueOf(known))) {
                        return true;
                    }
                }
            }
            return false;
        } catch (ReflectiveOperationException unknown) {
            return true;
        }
    }

    @Override
    protected boolean repeatable() {
        return OutgoingRequest.knownBody(OutgoingRequest.content(request));
    }

    @SuppressWarnings("unchecked") // the field's type is part of what is known of it
    private static List<Response.ResponseListener> heard(HttpRequest request) {
        try {
            Object listeners = HiddenFields.value(request, "responseListeners");
            if (listeners == null) {
                throw new IllegalStateException("a request without listeners");
            }
            return (List<Response.ResponseListener>) listeners;
        } catch (ReflectiveOperationException unknown) {
            throw new IllegalStateException(unknown);
        }
    }

    /** A request that failed is one that the client has given up. */
    private void renew() throws ReflectiveOperationException {
        if (sent) {
            request.getConversation().getExchanges().clear();
            if (HiddenFields.value(request, "aborted") instanceof AtomicReference<?> cause) {
                cause.set(null);
            }
        }
        sent = true;
    }

    /** The application's are told by ours. */
    @Override
    protected void make(List<Answer.Header> along) throws Throwable {
        Throwable gone = sent ? request.getAbortCause() : null;
        if (gone != null && givenUp(gone)) {
            // While the next attempt was waited for.
            throw gone;
        }
        for (Answer.Header header : along) {
            if (ResponseHead.values(OutgoingRequest.headers(request.getHeaders()), header.name())
                    .isEmpty()) {
                request.header(header.name(), header.value());
            }
        }
        renew();
        heard.clear();
        request.send(new Tap(this));
    }

    @Override
    protected void respond(Answer.Http answer) {
        Throwable gone = request.getAbortCause();
        if (gone != null && givenUp(gone)) {
            fail(gone);
            return;
        }
        over();
        if (body != null) {
            body.answered();
        }
        HttpRequest last = last(answer);
        notifier.forwardSuccessComplete(listeners, last, new AnswerResponse(last, listeners, answer));
    }

    /** The request that a real response is to, after those that led to it. */
    private HttpRequest last(Answer.Http answer) {
        if (answer.address() == null) {
            return request;
        }
        try {
            // Its result's type has another name in newer generations.
            HttpRequest last = (HttpRequest)
                    HttpClient.class.getMethod("newRequest", URI.class).invoke(client(request), answer.address());
            last.method(request.getMethod());
            return last;
        } catch (ReflectiveOperationException unknown) {
            return request;
        }
    }

    /** Where the response came from; null where that was asked. */
    @Nullable
    URI ledTo(Response head) {
        return head.getRequest() == request ? null : head.getRequest().getURI();
    }

    @Override
    protected void reject(CircuitBreakerOpenException rejection) {
        fail(rejection);
        request.abort(rejection);
    }

    @Override
    protected void fail(Throwable failure) {
        over();
        OutgoingRequest.failContent(request, failure);
        HttpResponse none = new HttpResponse(request, listeners);
        notifier.notifyFailure(listeners, none, failure);
        notifier.notifyComplete(listeners, new Result(request, failure, none, failure));
    }

    /** The request is the application's again. */
    void over() {
        done.run();
        heard.clear();
        heard.addAll(listeners);
    }

    @Override
    protected void abort(TimeoutException timeout) {
        request.abort(timeout);
    }

    /** The client aborts requests itself, when they fail and when their time is up. */
    @Override
    protected boolean givenUp(Throwable failure) {
        Throwable cause = request.getAbortCause();
        return cause != null && !(cause instanceof TimeoutException) && !(told(cause) instanceof IOException);
    }

    /** A broken protocol is an unchecked exception here: told as what it is. */
    @Override
    protected Throwable told(Throwable failure) {
        String type = failure.getClass().getName();
        boolean broken = failure instanceof RuntimeException
                && (type.startsWith("org.eclipse.jetty.") || type.startsWith("java.nio.channels."));
        return broken ? new IOException(failure.toString(), failure) : failure;
    }
}
