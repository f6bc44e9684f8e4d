package dev.resilience.store;

import dev.resilience.breaker.State;
import dev.resilience.metrics.TransitionJournal;
import io.lettuce.core.ScoredValue;
import io.lettuce.core.ScriptOutputType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The fleet's changes of state in Redis: one sorted set per service, scored by epoch and turn. At most some 100 kB a service. Times
 * are the server's.
 */
final class RedisTransitions implements TransitionJournal {

    private static final int FIELDS = 5;

    private final RedisLine line;
    private final RedisKeys keys;

    RedisTransitions(RedisConnections redis) {
        this.line = redis.bulk();
        this.keys = redis.keys();
    }

    @Override
    public CompletionStage<?> add(String service, List<Entry> entries) {
        List<byte[]> arguments = new ArrayList<>();
        arguments.add(RedisText.bytes(MOST_ENTRIES));
        arguments.add(RedisText.bytes(KEPT.plusMinutes(20).toMillis()));
        for (Entry entry : entries) {
            arguments.add(RedisText.bytes(String.valueOf(entry.place())));
            arguments.add(RedisText.bytes(entry.epoch()));
            arguments.add(RedisText.bytes(entry.ageMillis()));
            arguments.add(RedisText.bytes(entry.from().name()));
            arguments.add(RedisText.bytes(entry.to().name()));
            arguments.add(RedisText.bytes(entry.reason()));
        }
        String[] names = {keys.of(service, "transitions")};
        return line.run(Scripts.ADD, ScriptOutputType.INTEGER, names, arguments.toArray(new byte[0][]));
    }

    @Override
    public CompletionStage<List<Entry>> read(String service) {
        String key = keys.of(service, "transitions");
        return RedisText.time(line)
                .thenCompose(now -> line.ask(commands -> commands.zrangeWithScores(key, 0, -1))
                        .thenApply(members -> entries(members, now)));
    }

    private static List<Entry> entries(List<ScoredValue<byte[]>> members, long now) {
        List<Entry> entries = new ArrayList<>();
        for (ScoredValue<byte[]> member : members) {
            Entry entry = entry(RedisText.text(member.getValue()), member.getScore(), now);
            if (entry != null && entry.ageMillis() <= KEPT.toMillis()) {
                entries.add(entry);
            }
        }
        entries.sort(Comparator.comparingLong(Entry::ageMillis)
                .reversed()
                .thenComparingLong(Entry::epoch)
                .thenComparingInt(Entry::turn));
        return entries;
    }

    private static @Nullable Entry entry(String member, double score, long now) {
        String[] fields = member.split("\\|", FIELDS);
        if (fields.length < FIELDS) {
            return null;
        }
        try {
            long epoch = Long.parseLong(fields[3]);
            return new Entry(
                    State.valueOf(fields[1]),
                    State.valueOf(fields[2]),
                    epoch,
                    (int) Math.round((score - epoch) * MOST_TURNS),
                    fields[4],
                    Math.max(0, now - Long.parseLong(fields[0])));
        } catch (IllegalArgumentException damaged) {
            return null;
        }
    }

    /** Loaded when first used. */
    private static final class Scripts {

        static final RedisScript ADD = RedisScript.load("kinds.lua", "transitions-add.lua");
    }
}
