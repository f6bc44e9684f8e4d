package dev.resilience.instrument.asynchttp;

import dev.resilience.instrument.http.BodyCopy;
import dev.resilience.instrument.http.OneTimeBody;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.asynchttpclient.request.body.Body;
import org.asynchttpclient.request.body.generator.BodyGenerator;
import org.jspecify.annotations.Nullable;

/** Bodies as the client reads them, and a copy of what it read of the last. Thread-safe. */
final class CopiedGenerator implements BodyGenerator {

    private final BodyGenerator generator;
    private final OneTimeBody body;

    CopiedGenerator(BodyGenerator generator, OneTimeBody body) {
        this.generator = generator;
        this.body = body;
    }

    /** Before there is a connection to send it over. */
    @Override
    public Body createBody() {
        return new Copied(generator.createBody(), body);
    }

    /** Copies what one reading adds to a buffer. */
    static Body.BodyState read(Body body, ByteBuf target, BodyCopy copy) throws IOException {
        int before = target.writerIndex();
        Body.BodyState state = body.transferTo(target);
        byte[] piece = new byte[target.writerIndex() - before];
        target.getBytes(before, piece);
        copy.write(piece, 0, piece.length);
        if (state == Body.BodyState.STOP) {
            copy.complete();
        }
        return state;
    }

    private static final class Copied implements Body {

        private final Body made;
        private final OneTimeBody body;
        private @Nullable BodyCopy copy;

        Copied(Body made, OneTimeBody body) {
            this.made = made;
            this.body = body;
        }

        @Override
        public long getContentLength() {
            return made.getContentLength();
        }

        @Override
        public BodyState transferTo(ByteBuf target) throws IOException {
            BodyCopy known = copy;
            if (known == null) {
                known = body.begin();
                if (known == null) {
                    throw new IOException("the request body was made for a fallback and can be sent no more");
                }
                // The response may be there before the client asks whether there is more.
                copy = known.expecting(made.getContentLength());
            }
            return read(made, target, known);
        }

        @Override
        public void close() throws IOException {
            made.close();
        }
    }
}
