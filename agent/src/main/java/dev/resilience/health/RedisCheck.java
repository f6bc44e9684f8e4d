package dev.resilience.health;

import dev.resilience.config.ServiceConfig.ProbeConfig;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** {@code PING}, by whoever holds the connections to Redis. */
final class RedisCheck implements Check {

    private final ProbeConfig.Redis config;
    private final RedisPing redis;

    RedisCheck(ProbeConfig.Redis config, RedisPing redis) {
        this.config = config;
        this.redis = redis;
    }

    @Override
    public String kind() {
        return "redis";
    }

    @Override
    public String target() {
        return config.target().replaceAll("//[^@/]*@", "//***@");
    }

    @Override
    public CompletionStage<?> ask(Duration timeout) {
        try {
            return redis.ping(config.target());
        } catch (RuntimeException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    @Override
    public void giveUp() {
        // The connection is not ours; its owner has time limits of its own.
    }

    @Override
    public void close() {
        giveUp();
    }
}
