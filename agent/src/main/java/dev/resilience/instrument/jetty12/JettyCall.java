package dev.resilience.instrument.jetty12;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.bootstrap.Bridge;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.instrument.http.HiddenFields;
import dev.resilience.instrument.http.ListenedCall;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.client.transport.HttpRequest;
import org.eclipse.jetty.client.transport.HttpResponse;
import org.eclipse.jetty.client.transport.ResponseListeners;
import org.eclipse.jetty.http.HttpField;
import org.jspecify.annotations.Nullable;

/** One call: the application's request with a listener of ours in place of the application's own. */
final class JettyCall extends ListenedCall {

    /** Where a request keeps them. */
    private static final List<Field> LISTENERS = listenersOf();

    final HttpRequest request;

    /** The application's. */
    final ResponseListeners listeners;

    /** Sent in the place of the application's own; null where that is sent itself. */
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
            request.body(body);
        }
        this.listeners = new ResponseListeners(request.getResponseListeners());
        if (listener != null) {
            listeners.addCompleteListener(listener, true);
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

    @Override
    protected boolean repeatable() {
        return OutgoingRequest.knownBody(request.getBody());
    }

    @Override
    protected void make(List<Answer.Header> along) throws Throwable {
        for (Answer.Header header : along) {
            if (!request.getHeaders().contains(header.name())) {
                request.addHeader(new HttpField(header.name(), header.value()));
            }
        }
        Throwable gone = sent ? request.getAbortCause() : null;
        if (gone != null && givenUp(gone)) {
            // While the next attempt was waited for.
            throw gone;
        }
        if (sent && request.getBody() != null && !request.getBody().rewind()) {
            throw new IOException("the body cannot be sent again");
        }
        renew();
        clear(request.getResponseListeners());
        request.send(new Tap(this));
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
    private static void clear(ResponseListeners listeners) throws IllegalAccessException {
        for (Field field : LISTENERS) {
            field.set(listeners, null);
        }
    }

    private static List<Field> listenersOf() {
        List<Field> fields = new ArrayList<>();
        for (Field field : ResponseListeners.class.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
                field.setAccessible(true);
                fields.add(field);
            }
        }
        return fields;
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
        listeners.emitSuccessComplete(new Result(last, new AnswerResponse(last, answer)));
    }

    /** The request that a real response is to, after those that led to it. */
    private HttpRequest last(Answer.Http answer) {
        URI address = answer.address();
        return address == null
                ? request
                : (HttpRequest) client(request).newRequest(address).method(request.getMethod());
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
        HttpResponse none = new HttpResponse(request);
        listeners.notifyFailure(none, failure);
        listeners.notifyComplete(new Result(request, failure, none, failure));
        Request.Content unsent = request.getBody();
        if (unsent != null) {
            // Who is still writing it waits for somebody to read it. It may wait itself, for a read that does not end.
            unsent.fail(failure);
        }
    }

    /** The request is the application's again. */
    void over() {
        done.run();
        if (body != null) {
            request.body(body.content());
        }
        try {
            clear(request.getResponseListeners());
            request.getResponseListeners().addResponseListeners(listeners);
        } catch (IllegalAccessException | RuntimeException unknown) {
            Bridge.failed(unknown);
        }
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
