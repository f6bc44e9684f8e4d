package dev.resilience.admin;

import com.fasterxml.jackson.databind.JsonNode;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** An answer of the admin server. */
record Reply(int status, String contentType, byte[] body, Map<String, String> headers) {

    static Reply json(JsonNode body) {
        return new Reply(200, "application/json", Json.bytes(body), Map.of());
    }

    /** With a tag of its body; without the body for who has it already. Only what only reads is tagged. */
    Reply tagged(Query query) {
        if (status != 200 || !(query.method().equals("GET") || query.method().equals("HEAD"))) {
            return this;
        }
        String tag = "\"" + digest(body) + "\"";
        Map<String, String> tagged = new LinkedHashMap<>(headers);
        tagged.put("ETag", tag);
        return query.ifNoneMatch().contains(tag)
                ? new Reply(304, contentType, new byte[0], tagged)
                : new Reply(status, contentType, body, tagged);
    }

    private static String digest(byte[] body) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(body);
            return HexFormat.of().formatHex(hash, 0, 12);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static Reply text(String contentType, byte[] body) {
        return new Reply(200, contentType, body, Map.of());
    }
}
