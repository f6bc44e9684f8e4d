package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.fallback.AnswerStore;
import dev.resilience.fallback.AnswerStore.Stored;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RedisAnswerStoreTest extends AnswerStoreConformance {

    private static RedisProcess redis;

    private Stores here;
    private Stores elsewhere;

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
        redis.command("FLUSHALL");
        here = connected("here");
        elsewhere = connected("elsewhere");
    }

    @AfterEach
    void disconnect() {
        here.close();
        elsewhere.close();
    }

    @Override
    AnswerStore store() {
        return here.answers();
    }

    @Override
    void awaitStored(int answers) {
        await().atMost(PATIENCE).until(() -> redis.keys("*:answer:*").size() == answers);
        await().atMost(PATIENCE)
                .until(() -> redis.keys("circuit_breaker:answers").size() == 1);
    }

    @Test
    void another_instance_finds_it() {
        put("a", "x", "1", "hello");
        await().atMost(PATIENCE).until(() -> getElsewhere() != null);
        assertThat(getElsewhere().bytes()).isEqualTo(bytes("hello"));
    }

    @Test
    void clear_reaches_what_other_instances_keep_near() {
        List<Supplier<Long>> all = List.of(
                () -> clear("a", "x"),
                () -> clear("a", null),
                () -> clear(null, null),
                () -> clear("a", "x", "1"),
                () -> clear(null, null, "1"));
        for (Supplier<Long> clearing : all) {
            put("a", "x", "1", "hello");
            await().atMost(PATIENCE).until(() -> getElsewhere() != null);
            awaitStored(1);
            assertThat(clearing.get()).isEqualTo(1);
            await().atMost(PATIENCE).until(() -> getElsewhere() == null);
        }
    }

    @Test
    void without_redis_the_answers_of_late_are_still_there() {
        put("a", "x", "1", "hello");
        awaitStored(1);
        await().atMost(PATIENCE).until(() -> getElsewhere() != null);
        redis.kill();
        try {
            awaitGet("a", "x", "1", "hello");
            assertThat(getElsewhere()).isNotNull();
            CompletionStage<Stored> unknown = elsewhere.answers().get("a", "x", "2");
            assertThat(unknown.toCompletableFuture().join()).isNull();
            put("a", "x", "3", "kept here");
            awaitGet("a", "x", "3", "kept here");
        } finally {
            redis.begin();
        }
    }

    @Test
    void what_is_outdated_goes_from_what_other_instances_keep_near() {
        List<String> outdated = List.of(ADDRESS, ADDRESS + "ann");
        for (String named : outdated) {
            await().atMost(PATIENCE).until(() -> {
                // What comes right behind a removal stays near.
                put("a", "x", ADDRESS + "ann", "v1");
                return getElsewhere(ADDRESS + "ann") != null;
            });
            here.answers().forget("a", "x", named);
            await().atMost(PATIENCE).until(() -> getElsewhere(ADDRESS + "ann") == null);
        }
    }

    @Test
    void what_another_instance_kept_is_outdated_for_one_that_never_had_it() {
        elsewhere.answers().put("a", "x", ADDRESS + "ann", bytes("v1"), TTL);
        awaitStored(1);
        here.answers().forget("a", "x", ADDRESS);
        assertThat(get("a", "x", ADDRESS + "ann")).isNull();
        await().atMost(PATIENCE).until(() -> getElsewhere(ADDRESS + "ann") == null);
        assertThat(get("a", "x", ADDRESS + "ann")).isNull();
    }

    @Test
    void what_was_outdated_while_redis_was_away_does_not_come_back_with_it() {
        put("a", "x", ADDRESS + "ann", "v1");
        awaitStored(1);
        redis.pause();
        try {
            // Given up after a second, and Redis with it.
            assertThat(get("a", "x", OTHER_ADDRESS + "ann")).isNull();
            here.answers().forget("a", "x", ADDRESS);
            assertThat(get("a", "x", ADDRESS + "ann")).isNull();
        } finally {
            redis.resume();
        }
        await().atMost(PATIENCE)
                .until(() -> redis.keys("*:answer:*" + ADDRESS + "*").isEmpty());
        assertThat(get("a", "x", ADDRESS + "ann")).isNull();
    }

    @Test
    void calls_that_change_one_address_over_and_over_do_not_feed_redis() {
        String before = redis.command("INFO", "commandstats");
        for (int i = 0; i < 1_000; i++) {
            here.answers().forget("a", "x", ADDRESS);
        }
        put("a", "x", OTHER_ADDRESS + "ann", "v1");
        awaitStored(1);
        assertThat(scripts(redis.command("INFO", "commandstats")) - scripts(before))
                .isLessThan(20);
    }

    @Test
    void a_change_is_told_of_more_answers_than_one_script_removes() {
        redis.command(
                "EVAL", """
                for i = 1, 1500 do
                  redis.call('SET', KEYS[1] .. i, 'v1')
                  redis.call('ZADD', KEYS[2], 9e15, KEYS[1] .. i)
                end""", "2", "circuit_breaker:a:answer:x:" + ADDRESS, "circuit_breaker:a:answers:x:" + ADDRESS);
        here.answers().forget("a", "x", ADDRESS);
        await().atMost(PATIENCE).until(() -> redis.keys("*:answer:*").isEmpty());
        assertThat(redis.keys("*:answers:x:*")).isEmpty();
    }

    @Test
    void an_index_of_an_address_is_gone_with_its_last_answer() {
        put("a", "x", ADDRESS + "ann", "v1");
        awaitStored(1);
        String index = "circuit_breaker:a:answers:x:" + ADDRESS;
        long answerEnds = Long.parseLong(redis.command("PTTL", "circuit_breaker:a:answer:x:" + ADDRESS + "ann"));
        assertThat(Long.parseLong(redis.command("PTTL", index))).isPositive().isLessThanOrEqualTo(answerEnds + 5_000);
    }

    @Test
    void an_answer_that_gives_its_place_away_leaves_nothing() {
        String first = "circuit_breaker:a:answer:x:" + OTHER_ADDRESS + "ann";
        String index = "circuit_breaker:a:answers:x:" + OTHER_ADDRESS;
        redis.command("EVAL", """
                local now = redis.call('TIME')[1] * 1000
                for i = 1, 10000 do
                  redis.call('ZADD', KEYS[1], now + 60000 + i, i == 1 and KEYS[2] or tostring(i))
                end
                redis.call('SET', KEYS[2], 'v1')
                redis.call('ZADD', KEYS[3], now + 60001, KEYS[2])""", "3", "circuit_breaker:a:answers:x", first, index);
        put("a", "x", ADDRESS + "ann", "v1");
        await().atMost(PATIENCE)
                .until(() -> redis.command("EXISTS", first).equals("0")
                        && redis.command("EXISTS", index).equals("0"));
        assertThat(redis.command("ZCARD", "circuit_breaker:a:answers:x")).isEqualTo("10000");
    }

    @Test
    void success_after_success_writes_once_in_a_while() {
        put("a", "x", "1", "hello");
        awaitStored(1);
        String before = redis.command("INFO", "commandstats");
        for (int i = 0; i < 1_000; i++) {
            put("a", "x", "1", "hello");
        }
        awaitGet("a", "x", "1", "hello");
        assertThat(calls(redis.command("INFO", "commandstats"), "zadd")).isEqualTo(calls(before, "zadd"));
    }

    @Test
    void many_who_ask_at_once_are_one_question_and_many_first_answers_one_write() {
        here.answers().put("a", "x", "1", bytes("hello"), TTL);
        awaitStored(1);
        String before = redis.command("INFO", "commandstats");
        List<CompletionStage<Stored>> asked = IntStream.range(0, 500)
                .mapToObj(i -> elsewhere.answers().get("a", "x", "1"))
                .toList();
        assertThat(asked)
                .allSatisfy(one ->
                        assertThat(one.toCompletableFuture().join().bytes()).isEqualTo(bytes("hello")));
        for (int i = 0; i < 500; i++) {
            elsewhere.answers().put("a", "x", "2", bytes("hello"), TTL);
        }
        awaitStored(2);
        String after = redis.command("INFO", "commandstats");
        // Answers may come while there are still questions: a few, and not five hundred.
        assertThat(calls(after, "get") - calls(before, "get")).isLessThan(50);
        assertThat(calls(after, "set") - calls(before, "set")).isEqualTo(1);
    }

    @Test
    void every_key_has_an_expiry() {
        put("a", "x", "1", "hello");
        awaitStored(1);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(redis.keys("*"))
                        .allSatisfy(key -> assertThat(Long.parseLong(redis.command("TTL", key)))
                                .as(key)
                                .isPositive()));
    }

    private static long scripts(String stats) {
        return calls(stats, "evalsha") + calls(stats, "eval");
    }

    private static long calls(String stats, String command) {
        return stats.lines()
                .filter(line -> line.startsWith("cmdstat_" + command + ":calls="))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf('=') + 1, line.indexOf(','))))
                .sum();
    }

    private Stored getElsewhere() {
        return getElsewhere("1");
    }

    private Stored getElsewhere(String key) {
        return elsewhere.answers().get("a", "x", key).toCompletableFuture().join();
    }

    private Stores connected(String instance) {
        Stores stores = Stores.of(redis.config(), instance, TestThreads.daemons(), Path.of("target", "state"));
        assertThat(stores.answers().get("a", "x", "0").toCompletableFuture().join())
                .isNull();
        stores.breakers().start();
        await().atMost(PATIENCE).until(() -> {
            stores.answers().put("warm", "up", instance, bytes("1"), Duration.ofSeconds(1));
            return redis.keys("*warm:answer:*" + instance).size() == 1;
        });
        redis.command("FLUSHALL");
        return stores;
    }
}
