package dev.resilience.matrix;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;

/** A request for any client to make. @param body null for none */
public record Outgoing(String method, URI uri, Map<String, String> headers, byte[] body) {

    static Outgoing get(URI uri) {
        return new Outgoing("GET", uri, Map.of(), null);
    }

    static Outgoing post(URI uri, byte[] body) {
        return new Outgoing("POST", uri, Map.of("Content-Type", "application/octet-stream"), body);
    }

    Outgoing with(String header, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Outgoing(method, uri, more, body);
    }

    String header(String name, String otherwise) {
        return headers.getOrDefault(name, otherwise);
    }
}
