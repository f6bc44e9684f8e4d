package dev.resilience.instrument.jetty12;

import dev.resilience.guard.HttpResponseView;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.ResponseHead;
import java.nio.ByteBuffer;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;

/** Stands before the application's listeners for one attempt. */
final class Tap implements Response.Listener {

    private final JettyCall call;
    private final Attempt progress;

    private @Nullable Response response;
    private Content.@Nullable Source source;
    private @Nullable Result result;
    private @Nullable Body body;
    private boolean handedOn;
    private boolean draining;

    Tap(JettyCall call) {
        this.call = call;
        this.progress = new Attempt(call);
    }

    @Override
    public void onHeaders(Response head) {
        response = head;
        HttpResponseView view = new ResponseHead(head.getStatus(), () -> OutgoingRequest.headers(head.getHeaders()));
        progress.head(view);
    }

    /** The body flows when it is known whom to. */
    @Override
    public void onContentSource(Response head, Content.Source body) {
        boolean on;
        boolean away;
        synchronized (this) {
            source = body;
            on = handedOn;
            away = draining;
        }
        if (on) {
            handOn(head, body);
        } else if (away) {
            drain(body);
        }
    }

    private void handOn(Response head, Content.Source source) {
        Body read = this.body;
        call.listeners.notifyContentSource(
                head, read == null || !read.keeps() ? source : new RecordedSource(source, read));
    }

    private static void drain(Content.Source body) {
        Content.Chunk chunk = body.read();
        while (chunk != null) {
            chunk.release();
            if (chunk.isLast() || Content.Chunk.isFailure(chunk)) {
                return;
            }
            chunk = body.read();
        }
        body.demand(() -> drain(body));
    }

    @Override
    public void onSuccess(Response whole) {
        if (progress.passing()) {
            call.listeners.notifySuccess(whole);
        }
    }

    @Override
    public void onFailure(Response broken, Throwable failure) {
        if (progress.passing()) {
            call.listeners.notifyFailure(broken, failure);
        }
    }

    @Override
    public void onComplete(Result end) {
        result = end;
        progress.end(end.getFailure());
    }

    private final class Attempt extends dev.resilience.instrument.http.ListenedCall.Progress {

        /** Whether the application's listeners were told how the response ended as it did. */
        private boolean late;

        Attempt(JettyCall outer) {
            outer.super();
        }

        @Override
        protected void handOnHead() {
            Response head = java.util.Objects.requireNonNull(response);
            HttpResponseView view =
                    new ResponseHead(head.getStatus(), () -> OutgoingRequest.headers(head.getHeaders()));
            Body read = call.body(view);
            body = read == null ? null : read.ledTo(() -> call.ledTo(head));
            call.listeners.notifyBegin(head);
            for (HttpField field : head.getHeaders()) {
                call.listeners.notifyHeader(head, field);
            }
            call.listeners.notifyHeaders(head);
            Content.Source content;
            synchronized (Tap.this) {
                handedOn = true;
                content = source;
                late = result != null;
            }
            if (content != null) {
                handOn(head, content);
            }
        }

        @Override
        protected void drain() {
            Content.Source content;
            synchronized (Tap.this) {
                draining = true;
                content = source;
            }
            if (content != null) {
                Tap.drain(content);
            }
        }

        @Override
        protected void handOnEnd() {
            Result end = java.util.Objects.requireNonNull(result);
            Body read = body;
            if (read != null) {
                call.end(read, end.getFailure());
            }
            if (late) {
                if (end.getResponseFailure() == null) {
                    call.listeners.notifySuccess(end.getResponse());
                } else {
                    call.listeners.notifyFailure(end.getResponse(), end.getResponseFailure());
                }
            }
            call.over();
            call.listeners.notifyComplete(end);
        }
    }

    /** A body that is copied as it is read. */
    private record RecordedSource(Content.Source source, Body copy) implements Content.Source {

        @Override
        public Content.Chunk read() {
            Content.Chunk chunk = source.read();
            if (chunk != null && chunk.hasRemaining()) {
                ByteBuffer piece = chunk.getByteBuffer().slice();
                copy.write(piece);
            }
            return chunk;
        }

        @Override
        public void demand(Runnable then) {
            source.demand(then);
        }

        @Override
        public void fail(Throwable failure) {
            source.fail(failure);
        }

        @Override
        public void fail(Throwable failure, boolean last) {
            source.fail(failure, last);
        }

        @Override
        public long getLength() {
            return source.getLength();
        }
    }
}
