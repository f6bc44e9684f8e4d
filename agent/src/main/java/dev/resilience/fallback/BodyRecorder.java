package dev.resilience.fallback;

import java.net.URI;
import java.nio.ByteBuffer;

/**
 * Takes a response's body piece by piece, as the application reads it. Not thread-safe; never throws; does nothing after its
 * end or over its limit.
 */
public interface BodyRecorder {

    /** Where the response came from in the end, when the call was led elsewhere. */
    void ledTo(URI address);

    /** Copies what remains of {@code piece} and leaves its position as it was. */
    void write(ByteBuffer piece);

    void write(byte[] piece, int offset, int length);

    /** The body was read to its end: only now may it be kept. */
    void complete();

    /** The application, or the connection, stopped before the end. */
    void abandon();
}
