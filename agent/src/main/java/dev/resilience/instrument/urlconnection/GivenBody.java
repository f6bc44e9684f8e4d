package dev.resilience.instrument.urlconnection;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;

/** An answer's body, which cannot be read any more once it is closed, as the JDK's. Used by one thread at a time. */
final class GivenBody extends FilterInputStream {

    private boolean closed;

    GivenBody(byte[] body) {
        super(new ByteArrayInputStream(body));
    }

    @Override
    public int read() throws IOException {
        mustBeOpen();
        return super.read();
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        mustBeOpen();
        return super.read(into, offset, length);
    }

    @Override
    public long skip(long count) throws IOException {
        mustBeOpen();
        return super.skip(count);
    }

    @Override
    public void close() {
        closed = true;
    }

    private void mustBeOpen() throws IOException {
        if (closed) {
            throw new IOException("stream is closed");
        }
    }
}
