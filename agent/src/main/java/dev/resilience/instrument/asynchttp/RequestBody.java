package dev.resilience.instrument.asynchttp;

import dev.resilience.instrument.http.BodyCopy;
import dev.resilience.instrument.http.Elsewhere;
import dev.resilience.instrument.http.OneTimeBody;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.asynchttpclient.Request;
import org.asynchttpclient.request.body.Body;
import org.asynchttpclient.request.body.generator.BodyGenerator;
import org.asynchttpclient.request.body.generator.FeedableBodyGenerator;
import org.asynchttpclient.request.body.generator.FileBodyGenerator;
import org.asynchttpclient.request.body.generator.InputStreamBodyGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A request's body that is read once only, a stream or what a generator makes: copied while the client reads it, and where the
 * client does not, read for what may take the call in charge, on no event loop. Thread-safe.
 */
final class RequestBody {

    private static final int PIECE = 8_192;

    private final OneTimeBody body = new OneTimeBody();
    private final Elsewhere elsewhere = new Elsewhere();
    private final @Nullable InputStream stream;
    private final @Nullable BodyGenerator generator;

    private RequestBody(@Nullable InputStream stream, @Nullable BodyGenerator generator) {
        this.stream = stream;
        this.generator = generator;
    }

    /** Null for a request with another kind of body, or without one. */
    static @Nullable RequestBody of(Request request) {
        InputStream stream = request.getStreamData();
        BodyGenerator generator = request.getBodyGenerator();
        if (stream != null) {
            return new RequestBody(stream, null);
        }
        boolean other = generator == null
                || OutgoingRequest.comesBeforeGenerators(request)
                || generator instanceof FileBodyGenerator
                // Fed while it is sent; the client knows it by its type.
                || generator instanceof FeedableBodyGenerator;
        return other ? null : new RequestBody(null, generator);
    }

    /** The request with a body that is copied while the client reads it. */
    Request sending(Request request) {
        if (stream != null) {
            return request.toBuilder()
                    .setBody(new CopiedStream(stream, body, announced(request)))
                    .build();
        }
        BodyGenerator copied = generator instanceof InputStreamBodyGenerator streams
                ? new InputStreamBodyGenerator(
                        new CopiedStream(streams.getInputStream(), body, streams.getContentLength()),
                        streams.getContentLength())
                : new CopiedGenerator(Objects.requireNonNull(generator), body);
        return request.toBuilder().setBody(copied).build();
    }

    private static long announced(Request request) {
        String length = request.getHeaders().get("Content-Length");
        return length != null && length.matches("\\d{1,18}") ? Long.parseLong(length) : -1;
    }

    byte @Nullable [] bytes() {
        return body.bytes();
    }

    /** Has it read for nobody, where the client did not begin to; closed then, as the client does. */
    CompletionStage<?> gather() {
        return body.gather(elsewhere, (copy, over) -> {
            InputStream known =
                    generator instanceof InputStreamBodyGenerator streams ? streams.getInputStream() : stream;
            Body made = known == null ? Objects.requireNonNull(generator).createBody() : null;
            // Which also ends what waits in it.
            // Closing may wait for a read that does not end: whoever waits for us must not wait for it.
            over.whenCompleteAsync((nothing, failure) -> close(known == null ? made : known), elsewhere);
            try {
                if (known == null) {
                    read(Objects.requireNonNull(made), copy, over);
                } else {
                    read(known, copy, over);
                }
            } finally {
                over.complete(null);
            }
        });
    }

    private static void read(InputStream stream, BodyCopy copy, CompletableFuture<@Nullable Void> over)
            throws IOException {
        byte[] piece = new byte[PIECE];
        int read = stream.read(piece);
        while (read >= 0 && !over.isDone() && copy.write(piece, 0, read)) {
            read = stream.read(piece);
        }
        if (read < 0) {
            copy.complete();
        }
    }

    private static void read(Body body, BodyCopy copy, CompletableFuture<@Nullable Void> over) throws IOException {
        ByteBuf piece = Unpooled.buffer(PIECE, PIECE);
        try {
            while (!over.isDone()
                    && CopiedGenerator.read(body, piece.clear(), copy) == Body.BodyState.CONTINUE
                    && copy.isKept()) {
                // What matters is done.
            }
        } finally {
            piece.release();
        }
    }

    private static void close(@Nullable Closeable read) {
        try {
            if (read != null) {
                read.close();
            }
        } catch (IOException ofNoInterest) {
            // It was read as far as it was wanted.
        }
    }
}
