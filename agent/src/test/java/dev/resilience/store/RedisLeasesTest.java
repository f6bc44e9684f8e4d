package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.StoreMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RedisLeasesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static RedisProcess redis;

    private final List<Stores> opened = new ArrayList<>();

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
        opened.forEach(Stores::close);
        redis.command("FLUSHALL");
    }

    @Test
    void one_instance_holds_a_duty_and_keeps_its_token() {
        Stores a = instance("a");
        Stores b = instance("b");
        long token = hold(a, "probe:calcom", 60_000);
        assertThat(token).isGreaterThan(1);
        assertThat(hold(b, "probe:calcom", 60_000)).isZero();
        assertThat(hold(a, "probe:calcom", 60_000)).isEqualTo(token);
        assertThat(hold(b, "probe:retell", 60_000)).isPositive();
    }

    @Test
    void of_two_jvms_that_were_given_one_name_one_holds_a_duty() {
        Stores one = instance("twin");
        Stores other = instance("twin");
        long token = hold(one, "probe:calcom", 60_000);
        assertThat(token).isGreaterThan(1);
        assertThat(hold(other, "probe:calcom", 60_000)).isZero();
        assertThat(hold(one, "probe:calcom", 60_000)).isEqualTo(token);
    }

    @Test
    void the_next_holder_has_a_larger_token() {
        Stores a = instance("a");
        Stores b = instance("b");
        long first = hold(a, "probe:calcom", 50);
        await().atMost(PATIENCE).until(() -> hold(b, "probe:calcom", 60_000) > first);
        assertThat(hold(a, "probe:calcom", 60_000)).isZero();
    }

    @Test
    void a_duty_that_anybody_wrote_over_is_held_again() {
        Stores a = instance("a");
        for (String key :
                List.of("circuit_breaker:lease:{probe:calcom}", "circuit_breaker:lease:{probe:calcom}:token")) {
            for (String garbage : List.of("garbage", "-5", "nan", "1e300", "9223372036854775807", "", "0.5")) {
                hold(a, "probe:calcom", 60_000);
                redis.command("SET", key, garbage);
                assertThat(hold(a, "probe:calcom", 60_000)).as(garbage).isBetween(1_000_000_000L, 1L << 52);
            }
            redis.command("DEL", key);
            redis.command("RPUSH", key, "garbage");
            assertThat(hold(a, "probe:calcom", 60_000)).isGreaterThan(1);
            assertThat(Long.parseLong(redis.command("PTTL", key))).isPositive();
        }
    }

    @Test
    void tokens_grow_even_over_a_flush() {
        Stores a = instance("a");
        Stores b = instance("b");
        long first = hold(a, "probe:calcom", 60_000);
        redis.command("FLUSHALL");
        assertThat(hold(b, "probe:calcom", 60_000)).isGreaterThan(first);
    }

    @Test
    void without_redis_everybody_holds_its_own() {
        Stores unstarted = Stores.of(redis.config(), "c", TestThreads.daemons(), Path.of("target", "state"));
        opened.add(unstarted);
        assertThat(hold(unstarted, "probe:calcom", 60_000)).isPositive();
    }

    @Test
    void pings_its_own_server_and_others() {
        Stores a = instance("a");
        assertThat(a.ping().ping("default")).succeedsWithin(PATIENCE);
        assertThat(a.ping().ping(redis.url())).succeedsWithin(PATIENCE);
        assertThat(a.ping().ping("redis://127.0.0.1:" + RedisProcess.freePort()))
                .failsWithin(PATIENCE);
        Stores local = Stores.of(null, "b", TestThreads.daemons(), Path.of("target", "state"));
        opened.add(local);
        assertThat(local.ping().ping("default")).failsWithin(PATIENCE);
        assertThat(local.ping().ping(redis.url())).succeedsWithin(PATIENCE);
    }

    /** A probe of the first moment would find a server down that nobody has asked yet. */
    @Test
    void a_ping_waits_until_its_server_was_met() {
        Stores a = Stores.of(redis.config(), "a", TestThreads.daemons(), Path.of("target", "state"));
        opened.add(a);
        CompletableFuture<?> early = a.ping().ping("default").toCompletableFuture();
        assertThat(early).isNotDone();
        a.breakers().start();
        assertThat(early).succeedsWithin(PATIENCE);
    }

    private Stores instance(String name) {
        Stores stores = Stores.of(redis.config(), name, TestThreads.daemons(), Path.of("target", "state"));
        opened.add(stores);
        stores.breakers().start();
        await().atMost(PATIENCE).until(() -> stores.breakers().mode() == StoreMode.SHARED);
        await().atMost(PATIENCE).until(() -> hold(stores, "warm-up " + opened.size(), 1_000) > 1);
        return stores;
    }

    private static long hold(Stores stores, String duty, long millis) {
        return stores.leases()
                .hold(duty, Duration.ofMillis(millis))
                .toCompletableFuture()
                .join();
    }
}
