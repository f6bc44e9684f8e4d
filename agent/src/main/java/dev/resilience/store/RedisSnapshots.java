package dev.resilience.store;

import dev.resilience.health.snapshot.SnapshotStore;
import io.lettuce.core.ScriptOutputType;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** The fleet's snapshots in Redis: one sorted set, scored by the server's clock. */
final class RedisSnapshots implements SnapshotStore {

    private final RedisLine line;
    private final String key;

    RedisSnapshots(RedisConnections redis) {
        this.line = redis.bulk();
        this.key = redis.keys().of("snapshots");
    }

    @Override
    public CompletionStage<?> add(String snapshot) {
        byte[][] arguments = {RedisText.bytes(snapshot), RedisText.bytes(MOST), RedisText.bytes(KEPT.toMillis())};
        return line.run(Scripts.ADD, ScriptOutputType.INTEGER, new String[] {key}, arguments);
    }

    @Override
    public CompletionStage<List<String>> newest(int most) {
        return line.ask(commands -> commands.zrevrange(key, 0, most - 1L))
                .thenApply(members -> members.stream().map(RedisText::text).toList());
    }

    /** Loaded when first used. */
    private static final class Scripts {

        static final RedisScript ADD = RedisScript.load("kinds.lua", "snapshots-add.lua");
    }
}
