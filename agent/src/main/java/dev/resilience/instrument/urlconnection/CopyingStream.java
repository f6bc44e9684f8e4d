package dev.resilience.instrument.urlconnection;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Sends at once what is written, and keeps a copy. Holds the connection by its stream: what is kept beside the connection must
 * not hold this.
 */
final class CopyingStream extends OutputStream {

    private final OutputStream wire;
    private final KeptBody copy;

    CopyingStream(OutputStream wire, KeptBody copy) {
        this.wire = wire;
        this.copy = copy;
    }

    boolean isOver(OutputStream stream) {
        return wire == stream;
    }

    @Override
    public void write(int one) throws IOException {
        wire.write(one);
        copy.write(one);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        wire.write(bytes, offset, length);
        copy.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
        wire.flush();
    }

    @Override
    public void close() throws IOException {
        wire.close();
    }
}
