package dev.resilience.store;

import dev.resilience.breaker.BreakerStore;
import dev.resilience.config.AgentConfig.RedisConfig;
import dev.resilience.health.Leases;
import dev.resilience.health.LocalLeases;
import dev.resilience.health.RedisPing;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/** Everything that is stored, as the configuration says where. Cheap to make: nothing is opened before it starts. */
public final class Stores implements AutoCloseable {

    private final BreakerStore breakers = new LocalStore();

    private Stores() {}

    /**
     * @param redis null for state that stays inside this JVM
     * @param instance name of this JVM, unique in the fleet
     * @param threads makes the threads of the store
     */
    public static Stores of(@Nullable RedisConfig redis, String instance, ThreadFactory threads) {
        return new Stores();
    }

    public BreakerStore breakers() {
        return breakers;
    }

    public Leases leases() {
        return new LocalLeases();
    }

    public RedisPing ping() {
        return target -> CompletableFuture.failedFuture(new IllegalStateException("no Redis is configured"));
    }

    @Override
    public void close() {
        breakers.close();
    }
}
