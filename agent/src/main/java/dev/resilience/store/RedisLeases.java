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
    private final byte[] instance;

    /** @param instance name of this JVM, unique in the fleet */
    RedisLeases(RedisConnections redis, String instance) {
        this.redis = redis;
        this.instance = instance.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public CompletionStage<Long> hold(String duty, Duration ttl) {
        RedisLine line = redis.bulk();
        if (!line.answers()) {
            return CompletableFuture.completedFuture(OWN);
        }
        String[] keys = {redis.keys().of("lease:{" + duty + "}"), redis.keys().of("lease:{" + duty + "}:token")};
        byte[] millis = Long.toString(Math.max(1, ttl.toMillis())).getBytes(StandardCharsets.US_ASCII);
        return line.<Long>run(Scripts.HOLD, ScriptOutputType.INTEGER, keys, new byte[][] {instance, millis})
                .exceptionally(unanswered -> OWN);
    }

    /** Loaded when first used. */
    private static final class Scripts {

        static final RedisScript HOLD = RedisScript.load("kinds.lua", "hold.lua");
    }
}
