package dev.resilience.store;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Text and numbers as Redis holds them. What is read may have been written by anybody. */
final class RedisText {

    private RedisText() {}

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] bytes(long number) {
        return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
    }

    static String text(byte @Nullable [] bytes) {
        return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    }

    /** 0 for what is no number. */
    static long number(byte @Nullable [] bytes) {
        return bytes == null ? 0 : number(new String(bytes, StandardCharsets.US_ASCII), 0);
    }

    static long number(String text, long otherwise) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException damaged) {
            return otherwise;
        }
    }

    /** The server's clock, Unix milliseconds. */
    static CompletionStage<Long> time(RedisLine line) {
        return line.ask(RedisClusterAsyncCommands::time).thenApply(RedisText::millis);
    }

    private static long millis(List<byte[]> time) {
        return number(time.get(0)) * 1_000 + number(time.get(1)) / 1_000;
    }
}
