package dev.resilience.guard;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@code Retry-After} and {@code Date}, a line each: the time is one that a circuit can be open for. */
public final class HeadersFuzz {

    private static final long LONGEST_MILLIS = 367L * 24 * 60 * 60 * 1_000;

    private HeadersFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) {
        String[] lines = new String(data, StandardCharsets.ISO_8859_1).split("\n", 2);
        long millis = RetryAfter.millis(List.of(lines[0]), List.of(lines[lines.length - 1]), 0);
        if (millis < -1 || millis > LONGEST_MILLIS) {
            throw new AssertionError("milliseconds: " + millis);
        }
    }
}
