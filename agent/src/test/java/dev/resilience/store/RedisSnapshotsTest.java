package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.health.snapshot.SnapshotStore;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RedisSnapshotsTest {

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

    @Test
    void snapshots_come_back_newest_first_and_bounded() throws Exception {
        for (int i = 0; i < SnapshotStore.MOST + 5; i++) {
            snapshots().add("{\"n\":" + i + "}").toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
        List<String> newest = snapshots().newest(1_000).toCompletableFuture().get(10, TimeUnit.SECONDS);
        assertThat(newest).hasSize(SnapshotStore.MOST);
        assertThat(snapshots().newest(2).toCompletableFuture().get(10, TimeUnit.SECONDS))
                .hasSize(2);
        assertThat(redis.command("TTL", "circuit_breaker:snapshots")).doesNotContain("-1");
    }

    private SnapshotStore snapshots() {
        return Objects.requireNonNull(stores.snapshots());
    }
}
