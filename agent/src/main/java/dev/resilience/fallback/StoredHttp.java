package dev.resilience.fallback;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP response as it is kept, or the list of headers that its variants differ by.
 *
 * <p>Bytes: {@code 0xCB}, version, kind, then for a response status, age on arrival and freshness in seconds, headers, and
 * the body up to the end; for a list, its names.
 *
 * @param initialAge seconds that the response was old when it arrived ({@code Age})
 * @param freshness seconds that its origin called it fresh for
 * @param address where it came from in the end; null for the address that was asked
 */
record StoredHttp(
        int status,
        long initialAge,
        long freshness,
        List<Answer.Header> headers,
        @Nullable URI address,
        byte[] body) {

    static final int MOST_BODY = 1 << 20;
    static final int MOST_HEADERS = 256;
    static final int MOST_HEADER_BYTES = 64 * 1024;
    static final int MOST_VARY = 32;
    static final int LONGEST_ADDRESS = 8 * 1024;

    /** Kept as a header, because versions that do not know it hand it on and lose nothing else by it. */
    private static final String ADDRESS = Marks.PREFIX + "Address";

    private static final int MAGIC = 0xCB;
    private static final int VERSION = 1;
    private static final int RESPONSE = 1;
    private static final int VARY = 2;

    /** Begins the bytes of a response: all but the body. */
    static void writeHead(ByteWriter to, int status, long initialAge, long freshness, List<Answer.Header> headers) {
        begin(to, RESPONSE);
        to.number(status);
        to.number(initialAge);
        to.number(freshness);
        to.number(headers.size());
        for (Answer.Header header : headers) {
            to.text(header.name());
            to.text(header.value());
        }
    }

    /** The headers to write for a response that came from there in the end. Who asked with credentials is not kept. */
    static List<Answer.Header> from(URI address, List<Answer.Header> headers) {
        String text = address.toASCIIString();
        String authority = address.getRawAuthority();
        boolean credentials = authority != null && authority.indexOf('@') >= 0;
        if (credentials || headers.size() == MOST_HEADERS || text.length() > LONGEST_ADDRESS) {
            return headers;
        }
        List<Answer.Header> from = new ArrayList<>(headers.size() + 1);
        from.addAll(headers);
        from.add(new Answer.Header(ADDRESS, text));
        return from;
    }

    static byte[] vary(List<String> names) {
        ByteWriter to = new ByteWriter(64);
        begin(to, VARY);
        to.number(names.size());
        names.forEach(to::text);
        return to.toBytes();
    }

    static boolean isVary(byte[] bytes) {
        return kind(new ByteReader(bytes)) == VARY;
    }

    /** @throws ByteReader.Malformed when the bytes are no such list */
    static List<String> readVary(byte[] bytes) {
        ByteReader from = new ByteReader(bytes);
        expect(from, VARY);
        int size = from.count(MOST_VARY);
        List<String> names = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            names.add(from.text());
        }
        return names;
    }

    /** @throws ByteReader.Malformed when the bytes are no response that a client could be handed */
    static StoredHttp read(byte[] bytes) {
        ByteReader from = new ByteReader(bytes);
        expect(from, RESPONSE);
        int status = from.count(599);
        long initialAge = from.count(Integer.MAX_VALUE);
        long freshness = from.count(Integer.MAX_VALUE);
        int size = from.count(MOST_HEADERS);
        if (status < 200) {
            throw new ByteReader.Malformed("a status of " + status);
        }
        List<Answer.Header> headers = new ArrayList<>(size);
        URI address = null;
        for (int i = 0; i < size; i++) {
            Answer.Header header = new Answer.Header(from.text(), from.text());
            if (!Headers.wellFormed(header.name(), header.value())) {
                throw new ByteReader.Malformed("a header that is none");
            }
            if (header.name().equals(ADDRESS)) {
                address = address(header.value());
            } else {
                headers.add(header);
            }
        }
        if (from.remaining() > MOST_BODY) {
            throw new ByteReader.Malformed("a body of " + from.remaining() + " bytes");
        }
        return new StoredHttp(status, initialAge, freshness, headers, address, from.rest());
    }

    private static @Nullable URI address(String text) {
        try {
            URI address = URI.create(text);
            boolean web = "https".equalsIgnoreCase(address.getScheme()) || "http".equalsIgnoreCase(address.getScheme());
            return web && address.getHost() != null ? address : null;
        } catch (IllegalArgumentException noAddress) {
            return null;
        }
    }

    private static void begin(ByteWriter to, int kind) {
        to.octet(MAGIC);
        to.octet(VERSION);
        to.octet(kind);
    }

    private static int kind(ByteReader from) {
        if (from.octet() != MAGIC || from.octet() != VERSION) {
            throw new ByteReader.Malformed("no stored response of this version");
        }
        return from.octet();
    }

    private static void expect(ByteReader from, int kind) {
        if (kind(from) != kind) {
            throw new ByteReader.Malformed("not what was asked for");
        }
    }
}
