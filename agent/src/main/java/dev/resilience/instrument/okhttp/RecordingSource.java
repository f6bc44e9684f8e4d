package dev.resilience.instrument.okhttp;

import dev.resilience.fallback.BodyRecorder;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import okio.ForwardingSource;
import okio.Source;
import okio.Timeout;

/**
 * The body that the application reads, with a copy for the recorder. Kept only when it was read whole; a parser that stopped
 * just before the end counts, as OkHttp itself reads to the end when a body is closed, if that takes no time.
 */
final class RecordingSource extends ForwardingSource {

    /** How long OkHttp reads on when a body is closed, so that its connection can be used again. */
    private static final long DISCARD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final int PIECE = 8192;

    private final BodyRecorder recorder;
    private final long length;
    private long read;
    private boolean over;

    RecordingSource(Source body, BodyRecorder recorder, long length) {
        super(body);
        this.recorder = recorder;
        this.length = length;
    }

    @Override
    public long read(Buffer sink, long most) throws IOException {
        long got;
        try {
            got = super.read(sink, most);
        } catch (IOException | RuntimeException broken) {
            end(false);
            throw broken;
        }
        if (got > 0 && !over) {
            copy(sink, got);
            read += got;
        }
        if (got < 0 || read == length) {
            end(read >= length);
        }
        return got;
    }

    @Override
    public void close() throws IOException {
        if (!over) {
            readOn();
        }
        end(false);
        super.close();
    }

    private void readOn() {
        Timeout timeout = timeout();
        boolean had = timeout.hasDeadline();
        long before = had ? timeout.deadlineNanoTime() : 0;
        long limit = System.nanoTime() + DISCARD_NANOS;
        timeout.deadlineNanoTime(had ? Math.min(before, limit) : limit);
        try {
            Buffer rest = new Buffer();
            while (!over && read(rest, PIECE) >= 0) {
                rest.clear();
            }
        } catch (IOException | RuntimeException broken) {
            end(false);
        } finally {
            if (had) {
                timeout.deadlineNanoTime(before);
            } else {
                timeout.clearDeadline();
            }
        }
    }

    /** Copies the last bytes of a buffer to the recorder. */
    private void copy(Buffer sink, long size) {
        Buffer piece = new Buffer();
        sink.copyTo(piece, sink.size() - size, size);
        byte[] bytes = new byte[(int) Math.min(size, PIECE)];
        int got;
        while ((got = piece.read(bytes, 0, bytes.length)) > 0) {
            recorder.write(bytes, 0, got);
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
