package dev.resilience.matrix;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What an application got. */
public record Reply(int status, Map<String, List<String>> headers, byte[] body) {

    /** Collects headers one by one. */
    static final class Builder {
        private final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

        Builder header(String name, String value) {
            headers.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
            return this;
        }

        Reply build(int status, byte[] body) {
            return new Reply(status, headers, body == null ? new byte[0] : body);
        }
    }

    String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    List<String> header(String name) {
        return headers.getOrDefault(name, List.of());
    }
}
