package dev.resilience.store;

import dev.resilience.breaker.Epoch;
import dev.resilience.breaker.Snapshot;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** What Redis answers, or anybody says on the fleet's channel, is refused or within the bounds of what a script may say. */
public final class RedisAnswersFuzz {

    private RedisAnswersFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) {
        check(() -> CircuitFigures.told(data));
        List<byte[]> lines = Arrays.stream(new String(data, StandardCharsets.ISO_8859_1).split("\n", -1))
                .map(line -> line.getBytes(StandardCharsets.ISO_8859_1))
                .toList();
        check(() -> CircuitFigures.reply(lines).snapshot());
        lines.forEach(RedisText::number);
    }

    private static void check(Read read) {
        Snapshot snapshot;
        try {
            snapshot = read.snapshot();
        } catch (RuntimeException refused) {
            return;
        }
        if (!Epoch.isValid(snapshot.epoch()) || snapshot.failures() < 0 || snapshot.successes() < 0) {
            throw new AssertionError(snapshot);
        }
    }

    private interface Read {
        Snapshot snapshot();
    }
}
