package dev.resilience.instrument.urlconnection;

import dev.resilience.fallback.Request;
import java.io.ByteArrayOutputStream;

/**
 * What the application writes as its request's body, kept for what may take the call in charge. Holds bytes alone. Used by one
 * thread at a time.
 */
final class KeptBody extends ByteArrayOutputStream {

    private final int most;
    private boolean whole = true;

    private KeptBody(int most) {
        this.most = most;
    }

    /** As the JDK itself keeps a body that is not streamed, however long. */
    static KeptBody unbounded() {
        return new KeptBody(Integer.MAX_VALUE);
    }

    /** Up to {@link Request.Http#MAX_BODY}, and nothing of a longer one. */
    static KeptBody bounded() {
        return new KeptBody(Request.Http.MAX_BODY);
    }

    boolean isWhole() {
        return whole;
    }

    @Override
    public void write(int one) {
        if (hasRoom(1)) {
            super.write(one);
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (hasRoom(length)) {
            super.write(bytes, offset, length);
        }
    }

    private boolean hasRoom(int length) {
        whole &= length <= most - count;
        if (!whole) {
            reset();
        }
        return whole;
    }
}
