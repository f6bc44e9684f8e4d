package dev.resilience.store;

import dev.resilience.health.Leases;
import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Duties that one instance of the fleet holds at a time. While Redis does not answer, every instance holds its own. */
final class RedisLeases implements Leases {

    private final RedisConnections redis;
    private final byte[] holder;

    /** @param holder names this JVM, and no other even where two were given one name */
    RedisLeases(RedisConnections redis, String holder) {
        this.redis = redis;
        this.holder = holder.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public CompletionStage<Long> hold(String duty, Duration ttl) {
        RedisLine line = redis.bulk();
        if (!line.answers()) {
            return CompletableFuture.completedFuture(OWN);
        }
        String[] keys = {redis.keys().of("lease:{" + duty + "}"), redis.keys().of("lease:{" + duty + "}:token")};
        byte[] millis = Long.toString(Math.max(1, ttl.toMillis())).getBytes(StandardCharsets.US_ASCII);
        return line.<Long>run(Scripts.HOLD, ScriptOutputType.INTEGER, keys, new byte[][] {holder, millis})
                .exceptionally(unanswered -> OWN);
    }

    /** Loaded when first used. */
    private static final class Scripts {

        static final RedisScript HOLD = RedisScript.load("kinds.lua", "hold.lua");
    }
}
