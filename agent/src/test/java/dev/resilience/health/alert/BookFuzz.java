package dev.resilience.health.alert;

import java.nio.charset.StandardCharsets;

/** A book of alerts, and news of them, that anybody may have written into Redis. */
public final class BookFuzz {

    private static final long NOW = 1_760_000_000_000L;

    private BookFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        AlertBook.read(text, 1_000, NOW).write(NOW);
        BookText.notices(text, NOW).forEach(Notice::line);
    }
}
