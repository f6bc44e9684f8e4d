package dev.resilience.instrument.okhttp;

import dev.resilience.instrument.http.Body;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import okio.ForwardingSource;
import okio.Source;
import okio.Timeout;

/**
 * The body as the application reads it, with a copy where one is wanted. Ended with its source, or at the length that its head
 * announced; a parser that stopped just before has read it whole, as OkHttp itself reads to the end when a body is closed, if
 * that takes no time.
 */
final class BodySource extends ForwardingSource {

    /** How long OkHttp reads on when a body is closed, so that its connection can be used again. */
    private static final long DISCARD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final int PIECE = 8192;

    private final Body watch;
    private final long length;
    private long read;
    private boolean over;

    BodySource(Source body, Body watch, long length) {
        super(body);
        this.watch = watch;
        this.length = length;
    }

    @Override
    public long read(Buffer sink, long most) throws IOException {
        long got;
        watch.awaited();
        try {
            got = super.read(sink, most);
            watch.given();
        } catch (IOException | RuntimeException broken) {
            over = true;
            watch.broken(broken);
            throw broken;
        }
        if (got > 0 && !over) {
            read += got;
            if (watch.keeps()) {
                copy(sink, got);
            }
        }
        if (!over && (got < 0 || read == length)) {
            over = true;
            watch.complete();
        }
        return got;
    }

    @Override
    public void close() throws IOException {
        if (!over && watch.keeps()) {
            readOn();
        }
        over = true;
        watch.abandon();
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
            long got = 0;
            while (got >= 0 && read != length) {
                got = super.read(rest, PIECE);
                if (got > 0) {
                    read += got;
                    copy(rest, got);
                    rest.clear();
                }
            }
            watch.complete();
        } catch (IOException | RuntimeException broken) {
            // The application wanted no more.
            watch.abandon();
        } finally {
            if (had) {
                timeout.deadlineNanoTime(before);
            } else {
                timeout.clearDeadline();
            }
        }
    }

    /** Copies the last bytes of a buffer. */
    private void copy(Buffer sink, long size) {
        Buffer piece = new Buffer();
        sink.copyTo(piece, sink.size() - size, size);
        byte[] bytes = new byte[(int) Math.min(size, PIECE)];
        int got;
        while ((got = piece.read(bytes, 0, bytes.length)) > 0) {
            watch.write(bytes, 0, got);
        }
    }
}
