package dev.resilience.instrument.urlconnection;

import dev.resilience.instrument.http.HiddenFields;
import java.net.HttpURLConnection;

/**
 * How a connection was told to send its request's body. A connection tells nobody: where its fields cannot be read it counts
 * as one that streams a body of unknown, great length.
 *
 * @param announced length of the body in bytes, -1 where none was announced
 * @param chunked whether it is sent in chunks, of a length that shows at its end
 */
record Streaming(long announced, boolean chunked) {

    static Streaming of(HttpURLConnection connection) {
        return new Streaming(
                Math.max(hidden(connection, "fixedContentLengthLong"), hidden(connection, "fixedContentLength")),
                hidden(connection, "chunkLength") != -1);
    }

    /** Whether the body is sent while it is written. */
    boolean used() {
        return chunked || announced >= 0;
    }

    private static long hidden(HttpURLConnection connection, String name) {
        try {
            return HiddenFields.value(connection, name) instanceof Number number ? number.longValue() : Long.MAX_VALUE;
        } catch (ReflectiveOperationException | RuntimeException closed) {
            return Long.MAX_VALUE;
        }
    }
}
