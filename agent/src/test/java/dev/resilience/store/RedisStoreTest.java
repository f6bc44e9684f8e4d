package dev.resilience.store;

import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.BreakerStore;
import dev.resilience.breaker.StoreMode;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

class RedisStoreTest extends CircuitConformance {

    static RedisProcess redis;

    private RedisConnections connections;

    @BeforeAll
    static void startServer() {
        redis = RedisProcess.start();
    }

    @AfterAll
    static void stopServer() {
        redis.close();
    }

    @AfterEach
    void disconnect() {
        connections.close();
    }

    @Override
    BreakerStore emptyStore() {
        redis.command("FLUSHALL");
        if (connections != null) {
            connections.close();
        }
        connections = new RedisConnections(redis.config(), TestThreads.daemons());
        RedisStore store = new RedisStore(connections, () -> Long.toString(time.unixMillis()));
        AtOnce atOnce = new AtOnce(store);
        store.start();
        await().atMost(Duration.ofSeconds(30)).until(() -> store.mode() == StoreMode.SHARED);
        return atOnce;
    }
}
