package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.health.roster.RosterStore;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RedisRosterTest {

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
    void instances_are_listed_with_what_they_told_last() throws Exception {
        tell("a", "{\"version\":\"1\"}", true);
        tell("b", "{}", true);
        tell("a", "{\"version\":\"2\"}", false);
        Map<String, RosterStore.Told> all = roster().all().toCompletableFuture().get(10, TimeUnit.SECONDS);
        assertThat(all).containsOnlyKeys("a", "b");
        assertThat(Objects.requireNonNull(all.get("a")).text()).isEqualTo("{\"version\":\"2\"}");
        assertThat(Objects.requireNonNull(all.get("a")).silentMillis()).isBetween(0L, 60_000L);
        assertThat(redis.command("TTL", "circuit_breaker:instances")).doesNotContain("-1");
    }

    @Test
    void those_long_gone_are_not_listed_and_forgotten_when_another_comes() throws Exception {
        redis.command("HSET", "circuit_breaker:instances", "gone", "1000 {}");
        redis.command("HSET", "circuit_breaker:instances", "damaged", "no time");
        assertThat(roster().all().toCompletableFuture().get(10, TimeUnit.SECONDS))
                .isEmpty();
        tell("a", "{}", true);
        assertThat(redis.command("HLEN", "circuit_breaker:instances")).contains("1");
    }

    private void tell(String instance, String text, boolean first) throws Exception {
        roster().tell(instance, text, first).toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private RosterStore roster() {
        return Objects.requireNonNull(stores.roster());
    }
}
