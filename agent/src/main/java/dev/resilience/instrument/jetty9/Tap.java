package dev.resilience.instrument.jetty9;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpResponseView;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.ListenedCall;
import dev.resilience.instrument.http.ResponseHead;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.eclipse.jetty.client.api.Response;
import org.eclipse.jetty.client.api.Result;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Stands before the application's listeners for one attempt. */
final class Tap implements Response.Listener {

    private final JettyCall call;
    private final Attempt progress;
    private final List<Response.DemandedContentListener> readers;

    private @Nullable Response response;
    private @Nullable LongConsumer held;
    private @Nullable SharedDemand demand;
    private @Nullable Result result;
    private @Nullable Body body;
    private boolean handedOn;
    private boolean draining;

    Tap(JettyCall call) {
        this.call = call;
        this.progress = new Attempt(call);
        this.readers = call.listeners.stream()
                .filter(Response.DemandedContentListener.class::isInstance)
                .map(Response.DemandedContentListener.class::cast)
                .collect(Collectors.toList());
    }

    // The earliest versions of 9.4 have no defaults for what is of no interest here.

    @Override
    public void onBegin(Response line) {
        // Told to the application with the rest of the head.
    }

    @Override
    public boolean onHeader(Response line, HttpField field) {
        return true;
    }

    @Override
    public void onContent(Response head, ByteBuffer piece) {
        // Comes by the last of the three.
    }

    @Override
    public void onContent(Response head, ByteBuffer piece, Callback callback) {
        callback.succeeded();
    }

    @Override
    public void onHeaders(Response head) {
        response = head;
        progress.head(view(head));
    }

    private HttpResponseView view(Response head) {
        return new ResponseHead(head.getStatus(), () -> {
            List<Answer.Header> headers = OutgoingRequest.headers(head.getHeaders());
            // The oldest versions unpack a body and leave in its head that it is packed.
            if (ResponseHead.values(headers, "Content-Encoding").stream().anyMatch(call::unpacks)) {
                headers.removeIf(header -> header.name().equalsIgnoreCase("Content-Encoding")
                        || header.name().equalsIgnoreCase("Content-Length"));
            }
            return headers;
        });
    }

    /** The body flows when it is known whom to. */
    @Override
    public void onBeforeContent(Response head, LongConsumer client) {
        boolean on;
        boolean away;
        synchronized (this) {
            held = client;
            on = handedOn;
            away = draining;
        }
        if (on) {
            flow(head, client);
        } else if (away) {
            client.accept(1);
        }
    }

    private void flow(Response head, LongConsumer client) {
        SharedDemand shared = new SharedDemand(readers, client);
        demand = shared;
        if (readers.isEmpty()) {
            client.accept(1);
        } else {
            call.notifier.notifyBeforeContent(head, shared, readers);
        }
    }

    @Override
    public void onContent(Response head, LongConsumer client, ByteBuffer piece, Callback callback) {
        SharedDemand shared = demand;
        if (shared == null) {
            callback.succeeded();
            client.accept(1);
            return;
        }
        Body read = body;
        if (read != null && read.keeps()) {
            read.write(piece.slice());
        }
        call.notifier.notifyContent(head, shared, piece, callback, readers);
    }

    @Override
    public void onSuccess(Response whole) {
        if (progress.passing()) {
            call.notifier.notifySuccess(call.listeners, whole);
        }
    }

    @Override
    public void onFailure(Response broken, Throwable failure) {
        if (progress.passing()) {
            call.notifier.notifyFailure(call.listeners, broken, failure);
        }
    }

    @Override
    public void onComplete(Result end) {
        result = end;
        progress.end(end.getFailure());
    }

    private final class Attempt extends ListenedCall.Progress {

        /** Whether the application's listeners are still to be told how the response ended. */
        private boolean late;

        Attempt(JettyCall outer) {
            outer.super();
        }

        @Override
        protected void handOnHead() {
            Response head = Objects.requireNonNull(response);
            Body read = call.body(view(head));
            body = read == null ? null : read.ledTo(() -> call.ledTo(head));
            call.notifier.notifyBegin(call.listeners, head);
            Iterable<HttpField> fields = head.getHeaders();
            for (HttpField field : fields) {
                call.notifier.notifyHeader(call.listeners, head, field);
            }
            call.notifier.notifyHeaders(call.listeners, head);
            LongConsumer client;
            synchronized (Tap.this) {
                handedOn = true;
                client = held;
                late = result != null;
            }
            if (client != null) {
                flow(head, client);
            }
        }

        @Override
        protected void drain() {
            LongConsumer client;
            synchronized (Tap.this) {
                draining = true;
                client = held;
            }
            if (client != null) {
                client.accept(1);
            }
        }

        @Override
        protected void handOnEnd() {
            Result end = Objects.requireNonNull(result);
            Body read = body;
            if (read != null) {
                call.end(read, end.getFailure());
            }
            if (late) {
                if (end.getResponseFailure() == null) {
                    call.notifier.notifySuccess(call.listeners, end.getResponse());
                } else {
                    call.notifier.notifyFailure(call.listeners, end.getResponse(), end.getResponseFailure());
                }
            }
            call.over();
            call.notifier.notifyComplete(call.listeners, end);
        }
    }
}
