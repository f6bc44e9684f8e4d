package dev.resilience.store;

import static org.awaitility.Awaitility.await;

import dev.resilience.metrics.TransitionJournal;
import dev.resilience.metrics.TransitionJournalContract;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

class RedisTransitionsTest extends TransitionJournalContract {

    private static RedisProcess redis;
    private Stores stores;

    @BeforeAll
    static void startServer() {
        redis = RedisProcess.start();
    }

    @AfterAll
    static void stopServer() {
        redis.close();
    }

    @BeforeEach
    void connect() {
        stores = Stores.of(redis.config(), "a", TestThreads.daemons());
        stores.breakers().start();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> stores.leases()
                                .hold("test", Duration.ofSeconds(60))
                                .toCompletableFuture()
                                .get(10, TimeUnit.SECONDS)
                        > 1);
    }

    @AfterEach
    void disconnect() {
        stores.close();
        redis.command("FLUSHALL");
    }

    @Override
    protected TransitionJournal journal() {
        return Objects.requireNonNull(stores.transitions());
    }
}
