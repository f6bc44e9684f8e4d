package dev.resilience.instrument.vertx;

import dev.resilience.instrument.http.BodyCopy;
import dev.resilience.instrument.http.OneTimeBody;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What the application writes as a request's body, for what may take the call in charge: copied as it is written, wherever it goes.
 * Thread-safe.
 */
final class WrittenBody {

    private final Loop loop;
    private final Runnable wanted;
    private final BodyCopy copy = new BodyCopy();

    /** Completes when no more of it needs to be waited for. */
    private final CompletableFuture<@Nullable Void> known = new CompletableFuture<>();

    /** @param wanted runs on the loop when the rest of a body is waited for that goes nowhere yet */
    WrittenBody(Loop loop, Runnable wanted) {
        this.loop = loop;
        this.wanted = wanted;
    }

    /** One call of a request's that sends something. @param given what it was given */
    void note(String method, @Nullable Object @Nullable [] given) {
        boolean last = method.equals("end") || method.equals("send");
        if ((!last && !method.equals("write")) || !copy.isKept()) {
            return;
        }
        byte[] piece = bytes(given);
        if (piece == null) {
            copy.lose();
        } else {
            copy.write(piece, 0, piece.length);
        }
        if (last) {
            copy.complete();
        }
        if (last || !copy.isKept()) {
            known.complete(null);
        }
    }

    /** What a sending method was given; empty for nothing, null for what is no bytes. */
    static byte @Nullable [] bytes(@Nullable Object @Nullable [] given) {
        Object first = given == null || given.length == 0 ? null : given[0];
        if (given == null || first == null || first instanceof Handler) {
            return new byte[0];
        }
        if (first instanceof Buffer buffer) {
            return buffer.getBytes();
        }
        if (first instanceof String text) {
            Buffer buffer = given.length > 1 && given[1] instanceof String encoding
                    ? Buffer.buffer(text, encoding)
                    : Buffer.buffer(text);
            return buffer.getBytes();
        }
        return null;
    }

    /** Some of it did not go where it was written: what is written afterwards, an end above all, makes it no whole. */
    void lose() {
        copy.lose();
        known.complete(null);
    }

    void noMore() {
        known.complete(null);
    }

    byte @Nullable [] all() {
        return copy.bytes();
    }

    /** Waits for what the application has still to write, without a thread. */
    CompletionStage<?> gather() {
        if (known.isDone()) {
            return known;
        }
        loop.run(wanted);
        return OneTimeBody.limited(known.copy(), loop::soon);
    }
}
