package dev.resilience.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A Lua script, known to the server by its digest.
 *
 * @param sha1 of the text, in lower case hexadecimal
 */
record RedisScript(String text, String sha1) {

    /** Reads the script's parts from this package, in order. */
    static RedisScript load(String... parts) {
        StringBuilder text = new StringBuilder();
        for (String part : parts) {
            text.append(read(part)).append('\n');
        }
        return new RedisScript(text.toString(), sha1(text.toString()));
    }

    private static String read(String part) {
        try (InputStream in = RedisScript.class.getResourceAsStream(part)) {
            if (in == null) {
                throw new IllegalStateException("no " + part + " in the agent's jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static String sha1(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException impossible) {
            // Every JVM has it.
            throw new IllegalStateException(impossible);
        }
    }
}
