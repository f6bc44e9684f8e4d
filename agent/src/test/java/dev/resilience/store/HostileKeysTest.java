package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.StoreMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Keys of the rooms around the circuit, made into others of another kind: the next write begins them anew. */
class HostileKeysTest {

    private RedisProcess redis;
    private Stores stores;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        stores = Stores.of(redis.config(), "a", TestThreads.daemons(), Path.of("target", "state"));
        stores.breakers().start();
        await().atMost(Duration.ofSeconds(30)).until(() -> stores.breakers().mode() == StoreMode.SHARED);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> done(stores.leases().hold("test", Duration.ofSeconds(60))) > 1);
    }

    @AfterEach
    void stop() {
        stores.close();
        redis.close();
    }

    @Test
    void snapshots_begin_anew() throws Exception {
        beginsAnew(() -> stores.snapshots().add("{}"));
        assertThat(done(Objects.requireNonNull(stores.snapshots()).newest(1))).hasSize(1);
    }

    @Test
    void alerts_begin_anew() throws Exception {
        AtomicInteger token = new AtomicInteger(5);
        beginsAnew(() -> stores.alerts().save(token.incrementAndGet(), "[]", ""));
        redis.command("HSET", "circuit_breaker:alerts", "token", "1e300");
        assertThat(done(Objects.requireNonNull(stores.alerts()).save(token.incrementAndGet(), "[]", "")))
                .isTrue();
    }

    private void beginsAnew(Write write) throws Exception {
        redis.command("FLUSHALL");
        done(write.now());
        List<String> keys =
                redis.keys("*").stream().filter(key -> !key.contains("ping")).toList();
        assertThat(keys).isNotEmpty();
        for (String key : keys) {
            boolean text = redis.command("TYPE", key).equals("string");
            String kind = redis.command("TYPE", key);
            redis.command("DEL", key);
            redis.command(text ? "RPUSH" : "SET", key, "garbage");
            done(write.now());
            assertThat(redis.command("TYPE", key)).as(key).isEqualTo(kind);
            assertThat(Long.parseLong(redis.command("PTTL", key))).as(key).isPositive();
        }
    }

    private static <T> T done(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private interface Write {

        CompletionStage<?> now();
    }
}
