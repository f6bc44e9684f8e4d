package dev.resilience.instrument.jetty12;

import dev.resilience.instrument.http.BodyCopy;
import dev.resilience.instrument.http.Elsewhere;
import dev.resilience.instrument.http.OneTimeBody;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.eclipse.jetty.client.AsyncRequestContent;
import org.eclipse.jetty.client.OutputStreamRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;

/**
 * A request's body that is read once only: copied while the client reads it, and where the client does not, read for what may take
 * the call in charge, on no event loop. Thread-safe.
 */
final class RequestBody implements Request.Content {

    private final Request.Content content;
    private final long announced;
    private final Elsewhere elsewhere = new Elsewhere();
    private final OneTimeBody body = new OneTimeBody();

    /** Of the client's own reading; null before that. */
    private volatile @Nullable BodyCopy sent;

    /** Why the client will not read it. */
    private volatile @Nullable Throwable failed;

    /** @param announced its length by the request's headers; -1 where they do not say */
    RequestBody(Request.Content content, long announced) {
        this.content = content;
        this.announced = content.getLength() < 0 ? announced : content.getLength();
    }

    Request.Content content() {
        return content;
    }

    byte @Nullable [] bytes() {
        return body.bytes();
    }

    /** Has it read for nobody, where the client did not begin to. */
    CompletionStage<?> gather() {
        return body.gather(elsewhere, (copy, over) -> new Reading(copy, over).run());
    }

    /** Something else answers: who is still writing the body waits for somebody to read it. */
    void answered() {
        if (sent != null) {
            return;
        }
        if (isWritten()) {
            gather();
        } else {
            content.fail(new IOException("the call was answered without its body"));
        }
    }

    /** Whether the application writes it meanwhile. */
    private boolean isWritten() {
        return content instanceof OutputStreamRequestContent || content instanceof AsyncRequestContent;
    }

    @Override
    public Content.@Nullable Chunk read() {
        Throwable failure = failed;
        if (failure != null) {
            return Content.Chunk.from(failure);
        }
        BodyCopy copy = sent;
        if (copy == null) {
            copy = body.begin();
            if (copy == null) {
                return Content.Chunk.from(
                        new IOException("the request body was read for a fallback and can be sent no more"));
            }
            // The response may be there before a writer says that this was all.
            sent = copy.expecting(announced);
        }
        Content.Chunk chunk = content.read();
        keep(chunk, copy);
        return chunk;
    }

    /** @return false where nothing more needs to be told */
    private static boolean keep(Content.@Nullable Chunk chunk, BodyCopy copy) {
        if (chunk == null || Content.Chunk.isFailure(chunk)) {
            return true;
        }
        boolean goesOn = copy.write(chunk.getByteBuffer());
        if (chunk.isLast()) {
            copy.complete();
        }
        return goesOn;
    }

    @Override
    public void demand(Runnable more) {
        content.demand(more);
    }

    /** One that was not read may still be read by what takes the call in charge. */
    @Override
    public void fail(Throwable failure) {
        if (sent == null) {
            failed = failure;
        } else {
            content.fail(failure);
        }
    }

    @Override
    public void fail(Throwable failure, boolean last) {
        if (last) {
            fail(failure);
        } else {
            content.fail(failure, false);
        }
    }

    @Override
    public boolean rewind() {
        boolean again = content.rewind();
        if (again) {
            sent = null;
        }
        return again;
    }

    @Override
    public long getLength() {
        return content.getLength();
    }

    @Override
    public String getContentType() {
        return content.getContentType();
    }

    /** Reads for nobody: what is pulled, as long as it is wanted; what is written, to its end, because its writer waits. */
    private final class Reading implements Runnable {

        private final BodyCopy copy;
        private final CompletableFuture<@Nullable Void> over;

        Reading(BodyCopy copy, CompletableFuture<@Nullable Void> over) {
            this.copy = copy;
            this.over = over;
        }

        @Override
        public void run() {
            try {
                while (!over.isDone() || isWritten()) {
                    Content.Chunk chunk = content.read();
                    if (chunk == null) {
                        content.demand(this);
                        return;
                    }
                    boolean wanted = keep(chunk, copy);
                    boolean last = chunk.isLast() || Content.Chunk.isFailure(chunk);
                    chunk.release();
                    if (last || !wanted) {
                        over.complete(null);
                    }
                    if (last) {
                        return;
                    }
                }
            } catch (RuntimeException unreadable) {
                over.complete(null);
            }
        }
    }
}
