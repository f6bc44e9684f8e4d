package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.CallStore.Held;
import dev.resilience.fallback.CallStore.Place;
import dev.resilience.fallback.QueuedCall;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls that a fleet shares, over a real server that may be lost. */
class RedisCallsTest extends CallStoreConformance {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static RedisProcess redis;

    @TempDir
    Path directory;

    private final List<Stores> opened = new ArrayList<>();
    private CallStore calls;

    @BeforeAll
    static void startServer() {
        redis = RedisProcess.start();
    }

    @AfterAll
    static void stopServer() {
        redis.close();
    }

    @BeforeEach
    void open() {
        if (!redis.isAlive()) {
            redis.begin();
        }
        redis.command("FLUSHALL");
        calls = instance("one");
    }

    @AfterEach
    void close() {
        opened.forEach(Stores::close);
    }

    private CallStore instance(String name) {
        Stores stores = Stores.of(redis.config(), name, TestThreads.daemons(), Path.of("target", "state"));
        opened.add(stores);
        stores.breakers().start();
        CallStore made = stores.calls(directory.resolve(name));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(done(stores.leases().hold("reached-" + name, Duration.ofMillis(1))))
                        .isNotEqualTo(1));
        return made;
    }

    @Test
    void a_queue_that_anybody_wrote_over_takes_calls_again() {
        CallStore two = store();
        done(two.add(call("calcom", null), 1_000));
        assertThat(done(two.hold("calcom", 10, LEASE))).hasSize(1);
        List<String> keys = redis.keys("circuit_breaker:*calcom*");
        assertThat(keys).hasSizeGreaterThan(5);
        for (String key : keys) {
            boolean text = redis.command("TYPE", key).equals("string");
            redis.command("DEL", key);
            redis.command(text ? "RPUSH" : "SET", key, "garbage");
            worksAsEver(two, key + " of another kind");
            if (text) {
                redis.command("SET", key, "garbage");
                worksAsEver(two, key + " with garbage");
            } else if (redis.command("TYPE", key).equals("zset")) {
                redis.command("ZADD", key, "-inf", "garbage");
                worksAsEver(two, key + " with garbage");
            } else if (redis.command("TYPE", key).equals("hash")) {
                redis.command("HSET", key, "garbage", "garbage");
                worksAsEver(two, key + " with garbage");
            }
        }
    }

    private static void worksAsEver(CallStore store, String what) {
        QueuedCall call = call("calcom", null);
        assertThat(done(store.add(call, 1_000))).as(what).isEqualTo(CallStore.Added.KEPT);
        List<Held> held = done(store.hold("calcom", 1_000, LEASE));
        assertThat(held).as(what).extracting(one -> one.call().id()).contains(call.id());
        for (Held one : held) {
            assertThat(done(store.settle(one, new CallStore.Done()))).as(what).isTrue();
        }
    }

    /** The conformance suite is about the fleet's part: what is accepted is there before the next step. */
    @Override
    CallStore store() {
        return new Settled(calls);
    }

    /** The server's clock cannot be set; its calls can be made due earlier. */
    @Override
    void pass(Duration time) {
        String script = "for _, name in ipairs({'due', 'notices'}) do "
                + "for _, key in ipairs(redis.call('KEYS', '*:queue:' .. name)) do "
                + "for _, id in ipairs(redis.call('ZRANGE', key, 0, -1)) do "
                + "redis.call('ZINCRBY', key, -tonumber(ARGV[1]), id) end end end";
        redis.command("EVAL", script, "0", Long.toString(time.toMillis()));
    }

    @Test
    void one_instance_makes_the_calls_of_a_service_and_another_takes_its_place() {
        CallStore two = instance("two");
        add(null);
        assertThat(done(calls.hold("calcom", 10, LEASE))).hasSize(1);
        add(null);
        assertThat(done(two.hold("calcom", 10, LEASE))).isEmpty();
        assertThat(redis.command("PTTL", "circuit_breaker:calcom:queue:holder")).isNotEqualTo("-1");
        redis.command("DEL", "circuit_breaker:calcom:queue:holder");
        assertThat(done(two.hold("calcom", 10, LEASE))).hasSize(1);
        assertThat(done(calls.hold("calcom", 10, LEASE))).isEmpty();
    }

    /** What asking costs must not grow with the fleet. */
    @Test
    void who_does_not_make_the_calls_asks_by_turns() {
        assertThat(done(calls.hold("calcom", 8, LEASE))).isEmpty();
        redis.command("SET", "circuit_breaker:calcom:queue:holder", "one", "PX", "3600000");
        List<RedisCalls> others = new ArrayList<>();
        RedisConnections connections = new RedisConnections(redis.config(), TestThreads.daemons());
        try {
            connections.start();
            await().atMost(PATIENCE).until(() -> connections.bulk().answers());
            long begin = System.nanoTime();
            for (int i = 0; i < 200; i++) {
                others.add(new RedisCalls(connections, "other-" + i));
            }
            for (RedisCalls other : others) {
                assertThat(done(other.hold("calcom", 8, LEASE))).isEmpty();
            }
            redis.command("CONFIG", "RESETSTAT");
            for (RedisCalls other : others) {
                assertThat(done(other.hold("calcom", 8, LEASE))).isEmpty();
            }
            long seconds = Duration.ofNanos(System.nanoTime() - begin).toSeconds();
            // Four a second, or of so many each every ten seconds.
            assertThat(scripts()).isLessThanOrEqualTo(20 + 20 * seconds);
            assertThat(Long.parseLong(redis.command("PTTL", "circuit_breaker:calcom:queue:turn")))
                    .isBetween(1L, 10_000L);
        } finally {
            connections.close();
        }
    }

    @Test
    void of_a_fleet_that_has_shrunk_who_is_left_need_not_wait_for_the_turns_of_all_that_were_there() {
        CallStore two = instance("two");
        redis.command("SET", "circuit_breaker:calcom:queue:holder", "one", "PX", "3600000");
        String turn = "redis.call('GET', 'circuit_breaker:calcom:queue:turn')";
        String now = "redis.call('TIME')[1] * 1000";
        // As 200 others leave it that ask one after the other.
        redis.command(
                "EVAL", "return redis.call('SET', 'circuit_breaker:calcom:queue:turn', " + now + " + 50000)", "0");

        assertThat(done(two.hold("calcom", 8, LEASE))).isEmpty();

        // By whole seconds: one may have begun in between.
        assertThat(Long.parseLong(redis.command("EVAL", "return " + turn + " - " + now, "0")))
                .isBetween(0L, 12_000L);
    }

    private static long scripts() {
        return redis.command("INFO", "commandstats")
                .lines()
                .filter(line -> line.startsWith("cmdstat_evalsha:"))
                .map(line -> line.replaceAll(".*?calls=(\\d+).*", "$1"))
                .mapToLong(Long::parseLong)
                .sum();
    }

    @Test
    void what_another_has_done_is_forgotten_here() {
        CallStore two = instance("two");
        QueuedCall call = add(null);
        Held held = done(two.hold("calcom", 10, LEASE)).get(0);
        done(two.settle(held, new CallStore.Done()));
        redis.command("DEL", "circuit_breaker:calcom:queue:holder");
        calls.tend();
        // Were it still here, it would be handed over again once the fleet had forgotten that it is done.
        redis.command("FLUSHALL");
        for (int i = 0; i < 5; i++) {
            calls.tend();
        }
        assertThat(done(calls.find(Place.QUEUE, call.id()))).isNull();
    }

    @Test
    void what_redis_loses_is_handed_over_again() {
        List<QueuedCall> kept = addAll(20, null);
        QueuedCall review = call("calcom", null).flagged(1, "i", "why");
        done(store().add(review, 10));
        redis.kill();
        redis.begin();
        Set<String> found = new HashSet<>();
        await().atMost(PATIENCE).until(() -> {
            calls.tend();
            try {
                done(calls.list(Place.QUEUE, "calcom", 0, 100)).forEach(call -> found.add(call.id()));
                return redis.command("HLEN", "circuit_breaker:calcom:queue:entries")
                                .equals("20")
                        && redis.command("HLEN", "circuit_breaker:calcom:queue:reviews")
                                .equals("1");
            } catch (AssertionError notYet) {
                return false;
            }
        });
        assertThat(ids(done(calls.list(Place.QUEUE, "calcom", 0, 100)))).isEqualTo(ids(kept));
    }

    @Test
    void what_was_made_is_not_made_again_by_a_redis_that_has_forgotten_it() {
        CallStore two = instance("two");
        List<QueuedCall> accepted = addAll(8, null);
        List<Held> held = done(two.hold("calcom", 8, LEASE));
        assertThat(held).hasSize(8);
        for (Held one : held.subList(0, 4)) {
            done(two.settle(one, new CallStore.Done()));
        }
        // Who accepted them has not asked yet what was done, and the last four outcomes come too late.
        redis.kill();
        for (Held one : held.subList(4, 8)) {
            assertThat(done(two.settle(one, new CallStore.Done()))).isTrue();
        }
        redis.begin();
        QueuedCall fresh = call("calcom", null);
        done(calls.add(fresh, 1_000));
        List<String> made = new ArrayList<>();
        await().atMost(PATIENCE).until(() -> {
            calls.tend();
            two.tend();
            made.addAll(ids(holdAndDo(calls)));
            made.addAll(ids(holdAndDo(two)));
            return !made.isEmpty();
        });
        assertThat(made).containsExactly(fresh.id());
        assertThat(accepted).noneMatch(call -> made.contains(call.id()));
    }

    @Test
    void what_was_made_is_not_made_again_by_a_redis_that_remembers_an_older_day() {
        CallStore two = instance("two");
        QueuedCall call = add(null);
        String before = redis.command("EVAL", KEEP, "0");
        assertThat(before).isEqualTo("OK");
        Held held = done(two.hold("calcom", 8, LEASE)).get(0);
        done(two.settle(held, new CallStore.Done()));
        assertThat(redis.command("EVAL", RESTORE, "0")).isEqualTo("OK");
        redis.command("DEL", "circuit_breaker:calcom:queue:holder");
        assertThat(redis.command("HEXISTS", "circuit_breaker:calcom:queue:entries", call.id()))
                .isEqualTo("1");
        assertThat(done(two.hold("calcom", 8, LEASE))).as("it knows better").isEmpty();
        await().atMost(PATIENCE)
                .until(() -> redis.command("HEXISTS", "circuit_breaker:calcom:queue:entries", call.id())
                        .equals("0"));
    }

    /** A replica that lags, or a dump of yesterday: what the queue was is kept beside it, and comes back. */
    private static final String KEEP = "for _, key in ipairs(redis.call('KEYS', '*:queue:*')) do "
            + "redis.call('COPY', key, 'kept:' .. key, 'REPLACE') end return 'OK'";

    private static final String RESTORE = "for _, key in ipairs(redis.call('KEYS', 'circuit_breaker:*:queue:*')) do "
            + "redis.call('DEL', key) end "
            + "for _, key in ipairs(redis.call('KEYS', 'kept:*')) do "
            + "redis.call('RENAME', key, string.sub(key, 6)) end return 'OK'";

    @Test
    void a_jvm_that_begins_without_redis_leaves_alone_what_the_fleet_has() {
        List<QueuedCall> handedOver = addAll(3, null);
        await().atMost(PATIENCE).until(() -> handedOver.stream().noneMatch(call -> mayBeMadeHere(call)));
        redis.kill();
        QueuedCall own = call("calcom", null);
        await().atMost(PATIENCE).until(() -> {
            done(calls.add(own, 1_000));
            return ids(done(calls.list(Place.QUEUE, "calcom", 0, 10))).contains(own.id());
        });
        opened.forEach(Stores::close);
        opened.clear();
        Stores stores = Stores.of(redis.config(), "one", TestThreads.daemons(), Path.of("target", "state"));
        opened.add(stores);
        stores.breakers().start();
        CallStore next = stores.calls(directory.resolve("one"));
        List<String> made = new ArrayList<>();
        await().atMost(PATIENCE).until(() -> made.addAll(ids(holdAndDo(next))));
        assertThat(made).containsExactly(own.id());
        redis.begin();
        Set<String> rest = new HashSet<>();
        await().atMost(PATIENCE).until(() -> {
            next.tend();
            rest.addAll(ids(holdAndDo(next)));
            return rest.size() == 3;
        });
        assertThat(rest).containsExactlyInAnyOrderElementsOf(ids(handedOver));
    }

    @Test
    void nothing_overtakes_its_order_when_redis_comes_back_empty() {
        List<QueuedCall> before = addAll(700, "a");
        redis.kill();
        redis.begin();
        List<QueuedCall> accepted = new ArrayList<>(before);
        List<String> made = new ArrayList<>();
        await().atMost(PATIENCE).until(() -> {
            calls.tend();
            if (accepted.size() < 720) {
                QueuedCall call = call("calcom", "a");
                done(calls.add(call, 10_000));
                accepted.add(call);
            }
            for (List<QueuedCall> next = holdAndDo(calls); !next.isEmpty(); next = holdAndDo(calls)) {
                made.addAll(ids(next));
            }
            return made.size() >= 720;
        });
        assertThat(made).isEqualTo(ids(accepted));
    }

    @Test
    void what_comes_after_the_answer_to_a_call_comes_behind_it_whatever_the_clocks_say() {
        CallStore ahead = calls;
        CallStore behind = instance("two");
        long now = System.currentTimeMillis();
        QueuedCall first = named("calcom.0" + Long.toString(now + 1_200_000, 36) + "-00aunique", "a");
        done(ahead.queueUp("calcom", "a"));
        assertThat(done(ahead.add(first, 1_000))).isEqualTo(CallStore.Added.KEPT);
        assertThat(redis.command("HEXISTS", "circuit_breaker:calcom:queue:entries", first.id()))
                .as("the fleet has it before the application is answered")
                .isEqualTo("1");
        done(behind.queueUp("calcom", "a"));
        QueuedCall second = named(QueuedCall.newId("calcom", now), "a");
        assertThat(second.id()).isGreaterThan(first.id());
        done(behind.add(second, 1_000));
        assertThat(ids(holdAndDo(behind))).containsExactly(first.id());
        assertThat(ids(holdAndDo(behind))).containsExactly(second.id());
    }

    @Test
    void a_silent_redis_keeps_nobody_waiting_for_a_place_in_a_line() {
        redis.pause();
        long begin = System.nanoTime();
        done(calls.queueUp("calcom", "a"));
        assertThat(done(calls.add(call("calcom", "a"), 1_000))).isEqualTo(CallStore.Added.KEPT);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
        redis.resume();
    }

    @Test
    void nothing_is_handed_over_before_what_the_fleet_has_lost_of_its_line() {
        QueuedCall first = add("a");
        await().atMost(PATIENCE).until(() -> !mayBeMadeHere(first));
        redis.command("FLUSHALL");
        QueuedCall second = call("calcom", "a");
        done(calls.add(second, 1_000));
        assertThat(redis.command("HEXISTS", "circuit_breaker:calcom:queue:entries", second.id()))
                .isEqualTo("0");
        List<String> made = new ArrayList<>();
        await().atMost(PATIENCE).until(() -> {
            calls.tend();
            made.addAll(ids(holdAndDo(calls)));
            return made.size() >= 2;
        });
        assertThat(made).containsExactly(first.id(), second.id());
    }

    @Test
    void what_a_jvm_accepted_that_died_after_redis_was_back_is_made_before_what_others_accepted_later() {
        Stores dying = Stores.of(redis.config(), "dying", TestThreads.daemons(), Path.of("target", "state"));
        Stores living = Stores.of(redis.config(), "living", TestThreads.daemons(), Path.of("target", "state"));
        opened.add(dying);
        opened.add(living);
        CallStore its = dying.calls(directory.resolve("shared"));
        CallStore others = living.calls(directory.resolve("shared"));
        redis.kill();
        QueuedCall first = call("calcom", "a");
        QueuedCall second = call("calcom", "a");
        done(its.add(first, 1_000));
        done(others.add(second, 1_000));
        living.breakers().start();
        redis.begin();
        await().atMost(PATIENCE).until(() -> {
            others.tend();
            return !mayBeMadeHere(second);
        });
        dying.close();
        List<String> made = new ArrayList<>();
        await().atMost(PATIENCE).until(() -> {
            made.addAll(ids(holdAndDo(others)));
            return made.size() >= 2;
        });
        assertThat(made).containsExactly(first.id(), second.id());
    }

    @Test
    void a_call_that_is_being_made_while_an_older_one_comes_waits_for_that_if_it_fails() {
        QueuedCall older = call("calcom", "a");
        QueuedCall younger = add("a");
        Held held = one("calcom");
        assertThat(held.call().id()).isEqualTo(younger.id());
        assertThat(done(calls.add(older, 1_000))).isEqualTo(CallStore.Added.KEPT);
        assertThat(done(calls.settle(held, new CallStore.Again(held.call(), Duration.ZERO))))
                .isTrue();
        assertThat(ids(holdAndDo(calls))).containsExactly(older.id());
        assertThat(ids(holdAndDo(calls))).containsExactly(younger.id());
    }

    @Test
    void a_call_that_a_later_version_wrote_is_left_for_that_version_and_stops_no_other() {
        QueuedCall theirs = add(null);
        QueuedCall ours = add(null);
        version(theirs, 9);
        assertThat(ids(holdAndDo(calls))).containsExactly(ours.id());
        assertThat(ids(done(calls.list(Place.QUEUE, "calcom", 0, 10)))).isEmpty();
        assertThat(done(calls.size(Place.QUEUE, "calcom"))).isEqualTo(1);
        version(theirs, 1);
        pass(LEASE);
        assertThat(ids(holdAndDo(calls))).containsExactly(theirs.id());
    }

    private static void version(QueuedCall call, int version) {
        String script =
                "local key = 'circuit_breaker:calcom:queue:entries' local was = redis.call('HGET', key, ARGV[1]) "
                        + "return redis.call('HSET', key, ARGV[1], string.sub(was, 1, 1) .. string.char(ARGV[2]) .. string.sub(was, 3))";
        redis.command("EVAL", script, "0", call.id(), Integer.toString(version));
    }

    private static QueuedCall named(String id, String order) {
        QueuedCall call = call("calcom", order);
        return new QueuedCall(
                id,
                call.service(),
                call.endpoint(),
                call.call(),
                call.terms(),
                order,
                call.acceptedAt(),
                call.expiresAt(),
                call.idempotencyKey(),
                null,
                null,
                0,
                List.of());
    }

    private static boolean mayBeMadeHere(QueuedCall call) {
        return !redis.command("HEXISTS", "circuit_breaker:calcom:queue:entries", call.id())
                .equals("1");
    }

    private static List<QueuedCall> holdAndDo(CallStore store) {
        List<QueuedCall> made = new ArrayList<>();
        for (Held held : done(store.hold("calcom", 100, LEASE))) {
            made.add(held.call());
            done(store.settle(held, new CallStore.Done()));
        }
        return made;
    }

    @Test
    void without_redis_an_instance_makes_its_own_and_hands_the_rest_over_later() {
        redis.kill();
        await().atMost(PATIENCE).until(() -> {
            QueuedCall call = call("calcom", null);
            done(calls.add(call, 1_000));
            return !done(calls.hold("calcom", 1, Duration.ofMillis(1))).isEmpty();
        });
        QueuedCall made = call("retell", null);
        QueuedCall waiting = call("retell", "line");
        done(calls.add(made, 10));
        done(calls.add(waiting, 10));
        Held held = done(calls.hold("retell", 1, LEASE)).get(0);
        assertThat(held.call().id()).isEqualTo(made.id());
        assertThat(done(calls.settle(held, new CallStore.Done()))).isTrue();
        redis.begin();
        await().atMost(PATIENCE).until(() -> {
            calls.tend();
            return redis.command("HLEN", "circuit_breaker:retell:queue:entries").equals("1");
        });
        assertThat(redis.command("HEXISTS", "circuit_breaker:retell:queue:entries", waiting.id()))
                .isEqualTo("1");
    }

    @Test
    void an_outcome_that_redis_did_not_hear_is_told_later() {
        QueuedCall call = add(null);
        Held held = one("calcom");
        redis.pause();
        assertThat(done(calls.settle(held, new CallStore.Done()))).isTrue();
        redis.resume();
        await().atMost(PATIENCE).until(() -> {
            calls.tend();
            return redis.command("HEXISTS", "circuit_breaker:calcom:queue:entries", call.id())
                    .equals("0");
        });
    }

    @Test
    void every_key_ends_some_day_and_none_holds_a_secret() {
        add("a");
        Held held = one("calcom");
        done(calls.settle(held, new CallStore.Review(held.call().flagged(1, "i", "why"))));
        add("b");
        for (String key : redis.keys("circuit_breaker:*:queue:*")) {
            assertThat(redis.command("PTTL", key)).as(key).isNotEqualTo("-1");
        }
    }

    /** Waits, after an add, until the fleet has the call. */
    private record Settled(CallStore calls) implements CallStore {

        @Override
        public CompletionStage<Set<String>> named() {
            return calls.named();
        }

        @Override
        public CompletionStage<Added> add(QueuedCall call, int most) {
            String entries = call.reason() == null ? "entries" : "reviews";
            if (redis.command("HLEN", "circuit_breaker:" + call.service() + ":queue:" + entries)
                    .equals(Integer.toString(most))) {
                // The size is heard with the answer to the last hand-over.
                return calls.add(call, most);
            }
            Added added = done(calls.add(call, most));
            await().atMost(PATIENCE)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() ->
                            redis.command("HEXISTS", "circuit_breaker:" + call.service() + ":queue:entries", call.id())
                                            .equals("1")
                                    || redis.command(
                                                    "HEXISTS",
                                                    "circuit_breaker:" + call.service() + ":queue:reviews",
                                                    call.id())
                                            .equals("1"));
            return CompletableFuture.completedStage(added);
        }

        @Override
        public CompletionStage<List<Held>> hold(String service, int most, Duration lease) {
            return calls.hold(service, most, lease);
        }

        @Override
        public CompletionStage<Boolean> settle(Held held, Verdict verdict) {
            return calls.settle(held, verdict);
        }

        @Override
        public CompletionStage<List<QueuedCall>> list(Place place, String service, int offset, int limit) {
            return calls.list(place, service, offset, limit);
        }

        @Override
        public CompletionStage<Long> size(Place place, String service) {
            return calls.size(place, service);
        }

        @Override
        public CompletionStage<Long> critical(String service) {
            return calls.critical(service);
        }

        @Override
        public CompletionStage<QueuedCall> find(Place place, String id) {
            return calls.find(place, id);
        }

        @Override
        public CompletionStage<Boolean> hasten(String id) {
            return calls.hasten(id);
        }

        @Override
        public CompletionStage<Boolean> requeue(QueuedCall call) {
            return calls.requeue(call);
        }

        @Override
        public CompletionStage<Boolean> remove(Place place, String id) {
            return calls.remove(place, id);
        }

        @Override
        public CompletionStage<List<QueuedCall>> unannounced(String service, int most, Duration lease) {
            return calls.unannounced(service, most, lease);
        }

        @Override
        public CompletionStage<?> announced(String service, List<String> ids) {
            return calls.announced(service, ids);
        }

        @Override
        public long repeats(String service) {
            return calls.repeats(service);
        }

        @Override
        public CompletionStage<Boolean> expire(QueuedCall call) {
            return calls.expire(call);
        }
    }
}
