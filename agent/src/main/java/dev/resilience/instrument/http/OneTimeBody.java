package dev.resilience.instrument.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A request's body that can be written once only, for what may take its call in charge: copied while it is sent, and where
 * nobody sent it, written to nobody. Whoever is first writes it. Thread-safe.
 */
public final class OneTimeBody {

    /** Nobody waits longer for a body that goes nowhere. */
    private static final long LONGEST_WAIT_MILLIS = 3_000;

    private static final CompletableFuture<@Nullable Void> NOTHING = CompletableFuture.completedFuture(null);

    /** What the last one to write it has written; null before. */
    private @Nullable BodyCopy last;

    private boolean taken;

    /** Something that writes the body. */
    @FunctionalInterface
    public interface Writing {
        void to(OutputStream out) throws IOException;
    }

    /** The client is about to send it. @return what is to be told of it; null when it was taken, and is nobody's to send */
    public synchronized @Nullable BodyCopy begin() {
        if (taken) {
            return null;
        }
        BodyCopy copy = new BodyCopy();
        last = copy;
        return copy;
    }

    /** Takes it for ourselves. @return what is to be told of it; null when somebody wrote it already */
    public synchronized @Nullable BodyCopy take() {
        if (last != null) {
            return null;
        }
        BodyCopy copy = new BodyCopy();
        last = copy;
        taken = true;
        return copy;
    }

    /** Something that makes a body, or has it made, in its own time. */
    @FunctionalInterface
    public interface Making {

        /**
         * @param copy what is to be told of it
         * @param over to be completed when no more is to come; completed by somebody else when no more is wanted
         */
        void into(BodyCopy copy, CompletableFuture<@Nullable Void> over) throws Exception;
    }

    /**
     * Has it made elsewhere, where nobody wrote it.
     *
     * @return completes soon, on a thread of the application's
     */
    public CompletionStage<@Nullable Void> gather(Executor elsewhere, Making body) {
        BodyCopy copy = take();
        if (copy == null) {
            return NOTHING;
        }
        CompletableFuture<@Nullable Void> over = new CompletableFuture<>();
        elsewhere.execute(() -> {
            try {
                body.into(copy, over);
            } catch (Throwable unreadable) {
                over.complete(null);
            }
        });
        return limited(over, elsewhere);
    }

    /** Completes what is waited for after the longest wait, on a thread of the application's. */
    public static CompletableFuture<@Nullable Void> limited(
            CompletableFuture<@Nullable Void> over, Executor elsewhere) {
        Future<?> limit = Timer.in(LONGEST_WAIT_MILLIS, () -> elsewhere.execute(() -> over.complete(null)));
        over.whenComplete((nothing, failure) -> limit.cancel(false));
        return over;
    }

    /** Whether it was written for ourselves, and is nobody's to send any more. */
    public synchronized boolean isTaken() {
        return taken;
    }

    /** Has it written here and now, where nobody wrote it. */
    public void gather(Writing body) throws IOException {
        BodyCopy copy = take();
        if (copy != null) {
            body.to(copy.sink());
            copy.complete();
        }
    }

    /** It is read by somebody who does not write it. @return what was taken; null where it is not: read, it is not known any more */
    public @Nullable InputStream read() {
        byte[] known = isTaken() ? bytes() : null;
        if (known != null) {
            return new ByteArrayInputStream(known);
        }
        begin();
        return null;
    }

    /** Has it sent, and copied; of one that was taken, what was written then. */
    public void send(Writing body, OutputStream wire) throws IOException {
        BodyCopy copy = begin();
        if (copy == null) {
            byte[] known = bytes();
            if (known == null) {
                throw new IOException("the request body was read for a fallback and can be sent no more");
            }
            wire.write(known);
            return;
        }
        body.to(copy.over(wire));
        copy.complete();
    }

    /** All of it, or null when that is not known. */
    public byte @Nullable [] bytes() {
        BodyCopy known;
        synchronized (this) {
            known = last;
        }
        return known == null ? null : known.bytes();
    }
}
