package dev.resilience.instrument.apache4;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.Elsewhere;
import dev.resilience.instrument.http.Reason;
import dev.resilience.instrument.http.Timer;
import java.nio.ByteBuffer;
import org.apache.http.HttpRequest;
import org.apache.http.HttpResponse;
import org.apache.http.HttpVersion;
import org.apache.http.entity.BasicHttpEntity;
import org.apache.http.message.BasicHttpResponse;
import org.apache.http.nio.ContentDecoder;
import org.apache.http.nio.IOControl;
import org.apache.http.nio.protocol.HttpAsyncResponseConsumer;

/**
 * An answer, as the application's consumer reads a response of the client's: as much at a time as it likes, and paused as long
 * as it likes.
 */
final class AnswerSource<T> implements ContentDecoder, IOControl {

    /** Milliseconds until a consumer that read nothing is asked again. */
    private static final long LULL = 10;

    private final Elsewhere elsewhere = new Elsewhere();
    private final AsyncExecution<T> execution;
    private final HttpAsyncResponseConsumer<T> consumer;
    private final HttpResponse response;
    private final ByteBuffer body;

    private boolean suspended;
    private boolean pumping;

    AnswerSource(Answer.Http answer, HttpRequest request, AsyncExecution<T> execution) {
        this.execution = execution;
        this.consumer = execution.consumer();
        this.response = new BasicHttpResponse(HttpVersion.HTTP_1_1, answer.status(), Reason.of(answer.status()));
        for (Answer.Header header : answer.headers()) {
            response.addHeader(header.name(), header.value());
        }
        boolean bare =
                request.getRequestLine().getMethod().equals("HEAD") || answer.status() == 204 || answer.status() == 304;
        this.body =
                bare ? ByteBuffer.allocate(0) : ByteBuffer.wrap(answer.body()).asReadOnlyBuffer();
        if (!bare) {
            BasicHttpEntity entity = new BasicHttpEntity();
            entity.setContentLength(answer.body().length);
            entity.setContentType(response.getFirstHeader("Content-Type"));
            entity.setContentEncoding(response.getFirstHeader("Content-Encoding"));
            response.setEntity(entity);
        }
    }

    void start() {
        try {
            consumer.responseReceived(response);
        } catch (Exception consumerFailure) {
            execution.fail(consumerFailure);
            return;
        }
        synchronized (this) {
            pumping = true;
        }
        pump();
    }

    private void pump() {
        try {
            while (!isCompleted() && !consumer.isDone()) {
                int before = body.remaining();
                consumer.consumeContent(this, this);
                synchronized (this) {
                    if (suspended && !isCompleted()) {
                        pumping = false;
                        return;
                    }
                }
                if (body.remaining() == before && !consumer.isDone()) {
                    Timer.in(LULL, () -> elsewhere.execute(this::pump));
                    return;
                }
            }
            if (isCompleted()) {
                execution.completed(execution.context());
            } else {
                execution.cancelled();
            }
        } catch (Exception consumerFailure) {
            execution.fail(consumerFailure);
        }
    }

    @Override
    public int read(ByteBuffer into) {
        if (!body.hasRemaining()) {
            return -1;
        }
        int size = Math.min(into.remaining(), body.remaining());
        ByteBuffer piece = body.duplicate();
        piece.limit(piece.position() + size);
        into.put(piece);
        body.position(body.position() + size);
        return size;
    }

    @Override
    public boolean isCompleted() {
        return !body.hasRemaining();
    }

    @Override
    public void requestInput() {
        synchronized (this) {
            suspended = false;
            if (pumping) {
                return;
            }
            pumping = true;
        }
        elsewhere.execute(this::pump);
    }

    @Override
    public synchronized void suspendInput() {
        suspended = true;
    }

    @Override
    public void requestOutput() {
        // There is nothing to write.
    }

    @Override
    public void suspendOutput() {
        // There is nothing to write.
    }

    @Override
    public void shutdown() {
        execution.cancelled();
    }
}
