package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.fallback.AnswerStore;
import dev.resilience.fallback.AnswerStore.Stored;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every store of answers does. */
abstract class AnswerStoreConformance {

    static final Duration TTL = Duration.ofSeconds(60);
    static final String ADDRESS = "a".repeat(AnswerStore.SUBJECT);
    static final String OTHER_ADDRESS = "b".repeat(AnswerStore.SUBJECT);
    static final Duration PATIENCE = Duration.ofSeconds(30);

    abstract AnswerStore store();

    @Test
    void gives_back_what_was_put() {
        assertThat(get("a", "x", "1")).isNull();
        put("a", "x", "1", "hello");
        awaitGet("a", "x", "1", "hello");
        assertThat(get("a", "x", "2")).isNull();
        assertThat(get("a", "y", "1")).isNull();
        assertThat(get("b", "x", "1")).isNull();
    }

    @Test
    void the_newest_answer_wins() {
        put("a", "x", "1", "old");
        put("a", "x", "1", "new");
        awaitGet("a", "x", "1", "new");
    }

    @Test
    void clear_removes_what_was_meant_and_counts_it() {
        put("a", "x", "1", "1");
        put("a", "x", "2", "2");
        put("a", "y", "1", "3");
        put("b", "x", "1", "4");
        awaitStored(4);
        assertThat(clear("a", "x")).isEqualTo(2);
        assertThat(get("a", "x", "1")).isNull();
        assertThat(get("a", "x", "2")).isNull();
        awaitGet("a", "y", "1", "3");
        assertThat(clear("a", null)).isEqualTo(1);
        assertThat(get("a", "y", "1")).isNull();
        assertThat(clear(null, null)).isEqualTo(1);
        assertThat(get("b", "x", "1")).isNull();
        assertThat(clear(null, null)).isZero();
    }

    @Test
    void what_begins_alike_can_be_cleared_alone() {
        put("a", "x", "one-1", "1");
        put("a", "x", "one-2", "2");
        put("a", "x", "two-1", "3");
        put("b", "y", "one-1", "4");
        awaitStored(4);
        assertThat(clear("a", "x", "one-")).isEqualTo(2);
        assertThat(get("a", "x", "one-1")).isNull();
        assertThat(get("a", "x", "one-2")).isNull();
        awaitGet("a", "x", "two-1", "3");
        awaitGet("b", "y", "one-1", "4");
        assertThat(clear(null, null, "one-")).isEqualTo(1);
        assertThat(get("b", "y", "one-1")).isNull();
        awaitGet("a", "x", "two-1", "3");
    }

    @Test
    void what_is_outdated_is_given_no_more_and_what_comes_after_it_is() {
        for (String key : List.of(ADDRESS + "ann", ADDRESS + "ben", OTHER_ADDRESS + "ann")) {
            put("a", "x", key, "v1");
        }
        put("a", "y", ADDRESS + "ann", "v1");
        awaitStored(4);
        store().forget("a", "x", ADDRESS);
        assertThat(get("a", "x", ADDRESS + "ann")).isNull();
        assertThat(get("a", "x", ADDRESS + "ben")).isNull();
        awaitStored(2);
        put("a", "x", ADDRESS + "ann", "v2");
        awaitGet("a", "x", ADDRESS + "ann", "v2");
        awaitGet("a", "x", OTHER_ADDRESS + "ann", "v1");
        awaitGet("a", "y", ADDRESS + "ann", "v1");
    }

    @Test
    void one_asker_s_answer_can_be_outdated_alone() {
        put("a", "x", ADDRESS + "ann", "v1");
        put("a", "x", ADDRESS + "ben", "v1");
        awaitStored(2);
        store().forget("a", "x", ADDRESS + "ann");
        assertThat(get("a", "x", ADDRESS + "ann")).isNull();
        awaitStored(1);
        assertThat(get("a", "x", ADDRESS + "ann")).isNull();
        awaitGet("a", "x", ADDRESS + "ben", "v1");
        store().forget("a", "x", ADDRESS);
        assertThat(get("a", "x", ADDRESS + "ben")).isNull();
    }

    @Test
    void who_asks_at_once_gets_the_same_answer() {
        put("a", "x", "1", "hello");
        awaitGet("a", "x", "1", "hello");
        List<CompletionStage<Stored>> asked = IntStream.range(0, 1_000)
                .mapToObj(i -> store().get("a", "x", "1"))
                .toList();
        assertThat(asked)
                .allSatisfy(one ->
                        assertThat(one.toCompletableFuture().join().bytes()).isEqualTo(bytes("hello")));
    }

    @Test
    void an_answer_ends_with_its_time() {
        store().put("a", "x", "1", bytes("short"), Duration.ofMillis(100));
        await().atMost(PATIENCE).until(() -> get("a", "x", "1") == null);
    }

    @Test
    void tells_how_old_an_answer_is() {
        put("a", "x", "1", "hello");
        await().atMost(PATIENCE).until(() -> {
            Stored stored = get("a", "x", "1");
            return stored != null && stored.ageMillis() >= 20 && stored.ageMillis() < 30_000;
        });
    }

    /** Until the store keeps so many answers; a remote one takes a moment. */
    void awaitStored(int answers) {
        // Done when put returns.
    }

    final void put(String service, String endpoint, String key, String answer) {
        store().put(service, endpoint, key, bytes(answer), TTL);
    }

    final Stored get(String service, String endpoint, String key) {
        return store().get(service, endpoint, key).toCompletableFuture().join();
    }

    final long clear(String service, String endpoint) {
        return store().clear(service, endpoint, null).toCompletableFuture().join();
    }

    final long clear(String service, String endpoint, String prefix) {
        return store().clear(service, endpoint, prefix).toCompletableFuture().join();
    }

    final void awaitGet(String service, String endpoint, String key, String answer) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            Stored stored = get(service, endpoint, key);
            assertThat(stored).isNotNull();
            assertThat(new String(stored.bytes(), StandardCharsets.UTF_8)).isEqualTo(answer);
        });
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
