package dev.resilience.admin;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/** An answer of the admin server. */
record Reply(int status, String contentType, byte[] body, Map<String, String> headers) {

    static Reply json(JsonNode body) {
        return new Reply(200, "application/json", Json.bytes(body), Map.of());
    }

    static Reply text(String contentType, byte[] body) {
        return new Reply(200, contentType, body, Map.of());
    }
}
