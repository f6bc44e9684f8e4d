package dev.resilience.fallback;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/** The key by which a dependency knows a request that it is sent again (the IETF's draft "The Idempotency-Key HTTP Header Field"). */
public final class IdempotencyKey {

    /** The header that carries it. */
    public static final String HEADER = "Idempotency-Key";

    /** Where a UUID says what it is, and what that is: RFC 9562 sections 4.1 and 5.5. */
    private static final long VERSION = 0xF000L;

    private static final long BY_NAME = 0x5000L;
    private static final long VARIANT = 0xC000_0000_0000_0000L;
    private static final long STANDARD = 0x8000_0000_0000_0000L;

    private IdempotencyKey() {}

    /** Of a call that has no name yet. @param nowMillis Unix milliseconds */
    public static String fresh(String service, long nowMillis) {
        return of(QueuedCall.newId(service, nowMillis));
    }

    /** A UUID that goes with a call's name. A random one may read a device, which no event loop should wait for. */
    static String of(String id) {
        try {
            ByteBuffer hash =
                    ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8)));
            long high = hash.getLong() & ~VERSION | BY_NAME;
            long low = hash.getLong() & ~VARIANT | STANDARD;
            return new UUID(high, low).toString();
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
