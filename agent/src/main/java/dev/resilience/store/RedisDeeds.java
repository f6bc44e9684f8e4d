package dev.resilience.store;

import dev.resilience.health.deed.DeedStore;
import io.lettuce.core.ScoredValue;
import io.lettuce.core.ScriptOutputType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The fleet's deeds in Redis: one sorted set, scored by the server's clock, and a channel of the same name for each as it comes. */
final class RedisDeeds implements DeedStore {

    private final RedisLine line;
    private final String key;
    private final List<Consumer<Entry>> listeners = new CopyOnWriteArrayList<>();

    RedisDeeds(RedisConnections redis) {
        this.line = redis.bulk();
        this.key = redis.keys().of("deeds");
        line.listen(key, this::heard);
    }

    @Override
    public CompletionStage<?> add(List<Entry> deeds) {
        List<byte[]> arguments = new ArrayList<>();
        arguments.add(RedisText.bytes(MOST));
        arguments.add(RedisText.bytes(KEPT.toMillis()));
        arguments.add(RedisText.bytes(key));
        for (Entry deed : deeds) {
            arguments.add(RedisText.bytes(deed.ageMillis()));
            arguments.add(RedisText.bytes(deed.text()));
        }
        return line.run(Scripts.ADD, ScriptOutputType.INTEGER, new String[] {key}, arguments.toArray(new byte[0][]));
    }

    @Override
    public CompletionStage<List<Entry>> read() {
        return RedisText.time(line)
                .thenCompose(now -> line.ask(commands -> commands.zrangeWithScores(key, 0, -1))
                        .thenApply(members -> entries(members, now)));
    }

    @Override
    public void listen(Consumer<Entry> heard, Runnable answers) {
        listeners.add(heard);
        line.watch(() -> {
            if (line.answers()) {
                answers.run();
            }
        });
    }

    private void heard(byte[] message) {
        String[] parts = RedisText.text(message).split("\\|", 2);
        if (parts.length == 2) {
            Entry deed = new Entry(parts[1], RedisText.number(parts[0], 0));
            listeners.forEach(listener -> listener.accept(deed));
        }
    }

    private static List<Entry> entries(List<ScoredValue<byte[]>> members, long now) {
        List<Entry> entries = new ArrayList<>();
        for (ScoredValue<byte[]> member : members) {
            long age = Math.max(0, now - (long) member.getScore());
            if (age <= KEPT.toMillis()) {
                entries.add(new Entry(RedisText.text(member.getValue()), age));
            }
        }
        return entries;
    }

    /** Loaded when first used. */
    private static final class Scripts {

        static final RedisScript ADD = RedisScript.load("kinds.lua", "deeds-add.lua");
    }
}
