package dev.resilience.matrix;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an application got.
 *
 * @param seen headers as they came, and whatever else the client tells of a response
 * @param address where it says that it comes from; null where this client, as called here, does not say
 */
public record Reply(int status, Map<String, List<String>> headers, byte[] body, List<String> seen, URI address) {

    /** Collects headers one by one. */
    static final class Builder {
        private final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        private final List<String> seen = new ArrayList<>();

        Builder header(String name, String value) {
            seen.add(name + ": " + value);
            headers.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
            return this;
        }

        Builder seen(String what, Object value) {
            seen.add(what + " = " + value);
            return this;
        }

        Reply build(int status, byte[] body) {
            return new Reply(status, headers, body == null ? new byte[0] : body, seen, null);
        }
    }

    Reply from(URI where) {
        return new Reply(status, headers, body, seen, where);
    }

    String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    List<String> header(String name) {
        return headers.getOrDefault(name, List.of());
    }
}
