package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.health.deed.DeedStore;
import dev.resilience.health.deed.Deeds;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisDeedsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    static final RedisConnected redis = new RedisConnected();

    private final AtomicLong clock = new AtomicLong(1_760_000_000_000L);
    private final List<Stores> others = new ArrayList<>();

    @AfterEach
    void disconnect() {
        others.forEach(Stores::close);
    }

    @Test
    void what_is_done_through_one_instance_is_an_event_of_every_one_once() {
        Told here = new Told(another());
        Told there = new Told(another());
        here.deeds.did("mode", "calcom", "forced_open by ann: \"maintenance\" | until noon");
        there.deeds.did("reset", List.of("calcom", "retell"), "asked for by bob");

        String[] all = {
            "mode|calcom|forced_open by ann: \"maintenance\" | until noon",
            "reset|calcom|asked for by bob",
            "reset|retell|asked for by bob"
        };
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(here.log).containsExactlyInAnyOrder(all);
            assertThat(there.log).containsExactlyInAnyOrder(all);
        });
    }

    @Test
    void who_comes_later_reads_what_was_done_and_when() throws Exception {
        Told before = new Told(another());
        before.deeds.did("cache_clear", "", "asked for by ann");
        await().atMost(PATIENCE).until(() -> kept() == 1);

        clock.addAndGet(Duration.ofHours(3).toMillis());
        Told after = new Told(another());

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(after.log).containsExactly("cache_clear||asked for by ann"));
        // The age comes from the server's clock, which went on by little.
        assertThat(after.times.get(0)).isBetween(clock.get() - PATIENCE.toMillis(), clock.get());
    }

    @Test
    void what_is_done_while_redis_is_away_is_told_when_it_is_back() {
        Told there = new Told(another());
        Stores late = Stores.of(redis.server().config(), "late", TestThreads.daemons(), Path.of("target", "state"));
        others.add(late);
        Told here = new Told(late);
        here.deeds.did("mode", "calcom", "forced_open by ann");
        clock.addAndGet(5_000);
        assertThat(here.log).hasSize(1);
        assertThat(there.log).isEmpty();

        late.breakers().start();

        await().atMost(PATIENCE).until(() -> there.log.size() == 1);
        assertThat(there.times.get(0)).isEqualTo(clock.get() - 5_000);
    }

    @Test
    void no_more_than_the_newest_are_kept_and_rubbish_is_passed_over() throws Exception {
        DeedStore store = deeds(redis.stores());
        List<DeedStore.Entry> many = new ArrayList<>();
        for (int i = 0; i < DeedStore.MOST + 5; i++) {
            many.add(new DeedStore.Entry("{\"kind\":\"reset\",\"n\":" + i + "}", 100_000 - i));
        }
        store.add(many).toCompletableFuture().get(60, TimeUnit.SECONDS);
        store.add(many.subList(10, 20)).toCompletableFuture().get(60, TimeUnit.SECONDS);
        assertThat(store.read().toCompletableFuture().get(60, TimeUnit.SECONDS))
                .hasSize(DeedStore.MOST)
                .first()
                .extracting(DeedStore.Entry::text)
                .isEqualTo("{\"kind\":\"reset\",\"n\":5}");
        assertThat(redis.server().command("TTL", "circuit_breaker:deeds")).doesNotContain("-1");

        redis.server().command("FLUSHALL");
        redis.server().command("ZADD", "circuit_breaker:deeds", "1e300", "[[[", "1", "{}", "nan?", "x");
        redis.server().command("ZADD", "circuit_breaker:deeds", "-5", "\"text\"");
        Told told = new Told(another());
        told.deeds.did("reset", "calcom", "asked for by ann");
        redis.server().command("PUBLISH", "circuit_breaker:deeds", "no number|{\"kind\":\"odd\"}");
        await().atMost(PATIENCE).until(() -> told.log.size() == 2);
        assertThat(told.log).containsExactly("reset|calcom|asked for by ann", "odd||");
    }

    private int kept() throws Exception {
        return deeds(redis.stores())
                .read()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS)
                .size();
    }

    private Stores another() {
        Stores stores = Stores.of(
                redis.server().config(), "b" + others.size(), TestThreads.daemons(), Path.of("target", "state"));
        others.add(stores);
        deeds(stores);
        stores.breakers().start();
        await().atMost(PATIENCE)
                .until(() -> stores.leases()
                                .hold("test " + others.size(), Duration.ofMillis(50))
                                .toCompletableFuture()
                                .get(60, TimeUnit.SECONDS)
                        > 1);
        return stores;
    }

    private static DeedStore deeds(Stores stores) {
        return Objects.requireNonNull(stores.deeds());
    }

    /** What one instance's log got. */
    private final class Told {

        final List<String> log = new CopyOnWriteArrayList<>();
        final List<Long> times = new CopyOnWriteArrayList<>();
        final Deeds deeds;

        Told(Stores stores) {
            deeds = new Deeds(RedisDeedsTest.deeds(stores), this::did, clock::get);
            deeds.start();
        }

        private void did(long atMillis, String kind, String service, String detail) {
            times.add(atMillis);
            log.add(kind + "|" + service + "|" + detail);
        }
    }
}
