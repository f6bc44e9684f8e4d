package dev.resilience.instrument.http;

import dev.resilience.fallback.BodyRecorder;

/**
 * A recorder for bodies that are read and given up on different threads: ends once, by whichever comes first, and knows how
 * long the body was to be. Thread-safe.
 */
public final class Recording {

    private final BodyRecorder recorder;
    private final long length;
    private long recorded;
    private boolean over;

    public Recording(BodyRecorder recorder) {
        this(recorder, -1);
    }

    /** @param length of the body as the application reads it, -1 when unknown */
    public Recording(BodyRecorder recorder, long length) {
        this.recorder = recorder;
        this.length = length;
    }

    public synchronized void write(byte[] piece, int offset, int size) {
        if (!over) {
            recorder.write(piece, offset, size);
            recorded += size;
        }
    }

    public synchronized void write(java.nio.ByteBuffer piece) {
        if (!over) {
            recorded += piece.remaining();
            recorder.write(piece);
        }
    }

    /** The body ended. */
    public synchronized void complete() {
        end(recorded >= length);
    }

    /** Somebody stopped before the end, unless all that was announced had come by then. */
    public synchronized void abandon() {
        end(length >= 0 && recorded >= length);
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
