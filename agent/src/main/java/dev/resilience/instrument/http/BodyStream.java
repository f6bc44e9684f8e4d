package dev.resilience.instrument.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * The body as the application reads it. Ended with its stream, or at the length that its head announced, which is where most
 * parsers stop. As thread-safe as the stream itself.
 */
public final class BodyStream extends FilterInputStream {

    private final Body body;
    private final boolean drains;
    private long position;
    private long written;
    private long marked;
    private boolean over;

    /**
     * @param length of the body as the application reads it, -1 when unknown
     * @param drains whether the stream, when closed, reads itself to its end: a parser that stopped just before it has then
     *     read the body whole
     */
    public BodyStream(InputStream stream, Body body, long length, boolean drains) {
        super(stream);
        this.body = body.expecting(length);
        this.drains = drains && body.keeps();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int most) throws IOException {
        int got;
        body.awaited();
        try {
            got = in.read(into, offset, most);
            body.given();
        } catch (IOException | RuntimeException broken) {
            over = true;
            body.broken(broken);
            throw broken;
        }
        if (got > 0) {
            record(into, offset, got);
        }
        if (!over && (got < 0 || body.whole())) {
            over = true;
            body.complete();
        }
        return got;
    }

    @Override
    public long skip(long wanted) throws IOException {
        byte[] skipped = new byte[(int) Math.min(Math.max(wanted, 0), 8192)];
        long left = wanted;
        while (left > 0) {
            int got = read(skipped, 0, (int) Math.min(left, skipped.length));
            if (got < 0) {
                break;
            }
            left -= got;
        }
        return wanted - left;
    }

    @Override
    public void mark(int limit) {
        marked = position;
        super.mark(limit);
    }

    @Override
    public void reset() throws IOException {
        super.reset();
        position = marked;
    }

    @Override
    public void close() throws IOException {
        try {
            if (drains && !over) {
                drain();
            }
        } finally {
            over = true;
            try {
                super.close();
            } finally {
                body.abandon();
            }
        }
    }

    private void drain() {
        try {
            in.transferTo(new OutputStream() {
                @Override
                public void write(int one) {
                    write(new byte[] {(byte) one}, 0, 1);
                }

                @Override
                public void write(byte[] piece, int offset, int size) {
                    record(piece, offset, size);
                }
            });
            body.complete();
        } catch (IOException broken) {
            // Closing says what there is to say, and the application wanted no more.
            body.abandon();
        }
    }

    /** Tells what was not read before: after a reset, the same bytes come again. */
    private void record(byte[] piece, int offset, int size) {
        position += size;
        int fresh = (int) Math.min(size, position - written);
        if (fresh > 0) {
            body.write(piece, offset + size - fresh, fresh);
            written = position;
        }
    }
}
