package dev.resilience.instrument.http;

import dev.resilience.fallback.Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What was written as a request's body, one time: up to {@link Request.Http#MAX_BODY}, and nothing of a longer one. Written by one
 * thread at a time, read by any.
 */
public final class BodyCopy {

    private ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long length = -1;
    private boolean tooLong;
    private boolean whole;

    /** @return false when that is more than is kept, and the rest need not be told */
    public synchronized boolean write(byte[] piece, int offset, int length) {
        if (fits(length)) {
            bytes.write(piece, offset, length);
        }
        return !tooLong;
    }

    /** As the other. @param piece of which what is left is copied, and stays to be read */
    public synchronized boolean write(ByteBuffer piece) {
        if (fits(piece.remaining())) {
            byte[] copied = new byte[piece.remaining()];
            piece.duplicate().get(copied);
            bytes.writeBytes(copied);
        }
        return !tooLong;
    }

    /** It will be so long, and is whole as soon as it is. @param announced -1 when that is unknown */
    public synchronized BodyCopy expecting(long announced) {
        length = announced;
        return this;
    }

    /** Some of it was written past us. */
    public synchronized void lose() {
        tooLong = true;
        forget();
    }

    /** Whether it was short enough so far, so that more of it is kept. */
    public synchronized boolean isKept() {
        return !tooLong;
    }

    /** That was all of it. */
    public synchronized void complete() {
        whole = true;
    }

    /** Null when it is not whole. */
    public synchronized byte @Nullable [] bytes() {
        return (whole || bytes.size() == length) && !tooLong ? bytes.toByteArray() : null;
    }

    private boolean fits(int length) {
        tooLong |= length > Request.Http.MAX_BODY - bytes.size();
        if (tooLong) {
            forget();
        }
        return !tooLong;
    }

    /** The rest of an upload may take long: what was kept of it is not held meanwhile. */
    private void forget() {
        if (bytes.size() > 0) {
            bytes = new ByteArrayOutputStream(0);
        }
    }

    /** Where to write what is sent to nobody: it fails, as a connection does, once more is written than is kept. */
    public OutputStream sink() {
        return new OutputStream() {

            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] piece, int offset, int length) throws IOException {
                if (!BodyCopy.this.write(piece, offset, length)) {
                    throw new IOException(
                            "a request body of more than " + Request.Http.MAX_BODY + " bytes is not kept");
                }
            }
        };
    }

    /** Where to write what goes to {@code wire}. */
    public OutputStream over(OutputStream wire) {
        return new OutputStream() {

            @Override
            public void write(int one) throws IOException {
                wire.write(one);
                BodyCopy.this.write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] piece, int offset, int length) throws IOException {
                wire.write(piece, offset, length);
                BodyCopy.this.write(piece, offset, length);
            }

            @Override
            public void flush() throws IOException {
                wire.flush();
            }

            @Override
            public void close() throws IOException {
                wire.close();
            }
        };
    }
}
