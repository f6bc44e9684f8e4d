package dev.resilience.store;

import dev.resilience.health.ProbeArchive;
import dev.resilience.health.ProbeHistory;
import io.lettuce.core.ScriptOutputType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The fleet's probe archive in Redis. Per service and hour one hash, {@code probes:<hour>}: field {@code 0} to {@code 59} for
 * a minute with {@code up,down,milliseconds;} and its answers, each {@code second+milliseconds} when good and
 * {@code second-milliseconds} when not, {@code f} for the newest lease that wrote, and {@code h} for all that did. Per service one hash
 * {@code probe-hours}: hour to {@code up,down,milliseconds}. Times are the server's.
 */
final class RedisProbes implements ProbeArchive {

    private static final long MINUTE = 60_000;
    private static final long HOUR = 3_600_000;

    private final RedisLine line;
    private final RedisKeys keys;

    RedisProbes(RedisConnections redis) {
        this.line = redis.bulk();
        this.keys = redis.keys();
    }

    @Override
    public CompletionStage<?> add(String service, long fencing, long ageMillis, boolean up, long responseMillis) {
        String[] names = {keys.of(service, "probes:"), keys.of(service, "probe-hours")};
        byte[][] arguments = {
            RedisText.bytes(fencing),
            RedisText.bytes(ageMillis),
            RedisText.bytes(up ? "+" : "-"),
            RedisText.bytes(responseMillis),
            RedisText.bytes(MOST_PER_MINUTE),
            RedisText.bytes(KEPT.plusHours(2).toMillis()),
            RedisText.bytes(HOURS_KEPT.toMillis())
        };
        return line.run(Scripts.ADD, ScriptOutputType.INTEGER, names, arguments);
    }

    @Override
    public CompletionStage<Minutes> minutes(String service, Duration window) {
        return RedisText.time(line).thenCompose(now -> {
            long since = Math.floorDiv(now - window.toMillis(), MINUTE) * MINUTE;
            List<CompletableFuture<List<Minute>>> pending = new ArrayList<>();
            for (long hour = Math.floorDiv(since, HOUR); hour * HOUR <= now; hour++) {
                long start = hour * HOUR;
                String key = keys.of(service, "probes:" + hour);
                pending.add(line.ask(commands -> commands.hgetall(key))
                        .thenApply(fields -> minutes(fields, start))
                        .toCompletableFuture());
            }
            return CompletableFuture.allOf(pending.toArray(new CompletableFuture<?>[0]))
                    .thenApply(all -> new Minutes(
                            now,
                            pending.stream()
                                    .flatMap(hour -> hour.join().stream())
                                    .filter(minute -> minute.startMillis() >= since)
                                    .toList()));
        });
    }

    @Override
    public CompletionStage<List<Hour>> hours(String service) {
        String key = keys.of(service, "probe-hours");
        return line.ask(commands -> commands.hgetall(key)).thenApply(fields -> {
            List<Hour> hours = new ArrayList<>();
            fields.forEach((hour, value) -> {
                long start = RedisText.number(hour, -1) * HOUR;
                long[] sums = sums(RedisText.text(value));
                if (start >= 0 && sums != null) {
                    hours.add(new Hour(start, sums[0], sums[1], sums[2]));
                }
            });
            hours.sort(Comparator.comparingLong(Hour::startMillis));
            return hours;
        });
    }

    private static List<Minute> minutes(Map<String, byte[]> fields, long hourMillis) {
        List<Minute> minutes = new ArrayList<>();
        fields.forEach((field, value) -> {
            long minute = RedisText.number(field, -1);
            if (minute >= 0 && minute < 60) {
                Minute read = minute(hourMillis + minute * MINUTE, RedisText.text(value));
                if (read != null) {
                    minutes.add(read);
                }
            }
        });
        minutes.sort(Comparator.comparingLong(Minute::startMillis));
        return minutes;
    }

    private static @Nullable Minute minute(long start, String value) {
        int semicolon = value.indexOf(';');
        long[] sums = semicolon < 0 ? null : sums(value.substring(0, semicolon));
        if (sums == null) {
            return null;
        }
        List<ProbeHistory.Entry> entries = new ArrayList<>();
        for (String answer : value.substring(semicolon + 1).split(" ")) {
            int sign = Math.max(answer.indexOf('+'), answer.indexOf('-'));
            if (sign > 0 && entries.size() < MOST_PER_MINUTE) {
                long second = RedisText.number(answer.substring(0, sign), -1);
                long millis = RedisText.number(answer.substring(sign + 1), -1);
                if (second >= 0 && second < 60 && millis >= 0 && millis <= Integer.MAX_VALUE) {
                    entries.add(
                            new ProbeHistory.Entry(start + second * 1_000, answer.charAt(sign) == '+', (int) millis));
                }
            }
        }
        // Some may have been told late.
        entries.sort(Comparator.comparingLong(ProbeHistory.Entry::atMillis));
        return new Minute(start, sums[0], sums[1], sums[2], entries);
    }

    /** Three numbers between commas, none below 0; null for anything else. */
    private static long @Nullable [] sums(String text) {
        String[] parts = text.split(",");
        if (parts.length != 3) {
            return null;
        }
        long[] sums = new long[3];
        for (int i = 0; i < 3; i++) {
            sums[i] = RedisText.number(parts[i], -1);
            if (sums[i] < 0) {
                return null;
            }
        }
        return sums;
    }

    /** Loaded when first used. */
    private static final class Scripts {

        static final RedisScript ADD = RedisScript.load("kinds.lua", "probes-add.lua");
    }
}
