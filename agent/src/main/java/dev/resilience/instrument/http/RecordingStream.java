package dev.resilience.instrument.http;

import dev.resilience.fallback.BodyRecorder;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The body that the application reads, with a copy for the recorder. Kept only when it was read whole: to its end, or to the
 * length that its head announced, which is where most parsers stop. As thread-safe as the stream itself.
 */
public final class RecordingStream extends FilterInputStream {

    private final BodyRecorder recorder;
    private final long length;
    private final boolean drains;
    private long position;
    private long recorded;
    private long marked;
    private boolean over;

    /**
     * @param length of the body as the application reads it, -1 when unknown
     * @param drains whether the stream, when closed, reads itself to its end: a parser that stopped just before it has then
     *     read the body whole
     */
    public RecordingStream(InputStream body, BodyRecorder recorder, long length, boolean drains) {
        super(body);
        this.recorder = recorder;
        this.length = length;
        this.drains = drains;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int most) throws IOException {
        int got;
        try {
            got = in.read(into, offset, most);
        } catch (IOException | RuntimeException broken) {
            end(false);
            throw broken;
        }
        if (got > 0) {
            record(into, offset, got);
        }
        if (got < 0 || recorded == length) {
            // Some clients take a connection that breaks for the end of the body.
            end(recorded >= length);
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
                in.transferTo(new java.io.OutputStream() {
                    @Override
                    public void write(int one) {
                        write(new byte[] {(byte) one}, 0, 1);
                    }

                    @Override
                    public void write(byte[] piece, int offset, int size) {
                        record(piece, offset, size);
                    }
                });
                end(recorded >= length);
            }
        } catch (IOException broken) {
            // Closing says what there is to say.
            end(false);
        } finally {
            try {
                super.close();
            } finally {
                end(false);
            }
        }
    }

    /** Copies what was not read before: after a reset, the same bytes come again. */
    private void record(byte[] piece, int offset, int size) {
        position += size;
        int fresh = (int) Math.min(size, position - recorded);
        if (fresh > 0) {
            recorder.write(piece, offset + size - fresh, fresh);
            recorded = position;
        }
    }

    private void end(boolean whole) {
        if (over) {
            return;
        }
        over = true;
        if (whole) {
            recorder.complete();
        } else {
            recorder.abandon();
        }
    }
}
