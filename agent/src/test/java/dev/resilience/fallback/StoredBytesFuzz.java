package dev.resilience.fallback;

import dev.resilience.fallback.Answer.Rows;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Bytes in the place of a waiting call or of an answer, and headers in the place of directives: no error, or the one that is expected. */
public final class StoredBytesFuzz {

    private StoredBytesFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) {
        QueuedCall.read(data);
        ShownBody.of(data);
        CacheDirectives.of(List.of(new String(data, StandardCharsets.ISO_8859_1)));
        try {
            StoredHttp.read(data);
        } catch (ByteReader.Malformed expected) {
            // As it should.
        }
        try {
            Rows rows = StoredRows.read(data);
            rows.hashCode();
        } catch (RuntimeException refused) {
            // Whatever a value's own type says of it.
        }
        try {
            StoredHttp.isVary(data);
            StoredHttp.readVary(data);
        } catch (ByteReader.Malformed expected) {
            // As it should.
        }
    }
}
