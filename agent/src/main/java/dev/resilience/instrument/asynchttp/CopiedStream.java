package dev.resilience.instrument.asynchttp;

import dev.resilience.instrument.http.BodyCopy;
import dev.resilience.instrument.http.OneTimeBody;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** A request's body as the client reads it, and a copy of what it read. Used by one thread after the other. */
final class CopiedStream extends FilterInputStream {

    private final OneTimeBody body;
    private final long announced;
    private @Nullable BodyCopy copy;

    /** @param announced its length; -1 where nobody says */
    CopiedStream(InputStream stream, OneTimeBody body, long announced) {
        super(stream);
        this.body = body;
        this.announced = announced;
    }

    private BodyCopy copy() throws IOException {
        BodyCopy known = copy;
        if (known == null) {
            known = body.begin();
            if (known == null) {
                throw new IOException("the request body was read for a fallback and can be sent no more");
            }
            copy = known.expecting(announced);
        }
        return known;
    }

    @Override
    public int read() throws IOException {
        BodyCopy kept = copy();
        int one = super.read();
        if (one < 0) {
            kept.complete();
        } else {
            kept.write(new byte[] {(byte) one}, 0, 1);
        }
        return one;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        BodyCopy kept = copy();
        int read = super.read(into, offset, length);
        if (read < 0) {
            kept.complete();
        } else {
            kept.write(into, offset, read);
        }
        return read;
    }

    @Override
    public long skip(long bytes) throws IOException {
        copy().lose();
        return super.skip(bytes);
    }

    /** The client is about to send it once more. */
    @Override
    public synchronized void reset() throws IOException {
        super.reset();
        copy = null;
    }
}
