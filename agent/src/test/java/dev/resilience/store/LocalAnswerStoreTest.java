package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.FakeTime;
import dev.resilience.fallback.AnswerStore;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LocalAnswerStoreTest extends AnswerStoreConformance {

    private final AnswerStore store = new LocalAnswerStore();

    @Override
    AnswerStore store() {
        return store;
    }

    @Test
    void never_keeps_more_bytes_than_its_bound() {
        LocalAnswerStore small = new LocalAnswerStore(100_000, System::nanoTime);
        for (int i = 0; i < 100; i++) {
            small.put("a", "x", "key" + i, new byte[10_000], TTL);
        }
        int kept = 0;
        for (int i = 0; i < 100; i++) {
            if (small.get("a", "x", "key" + i).toCompletableFuture().join() != null) {
                kept++;
            }
        }
        assertThat(kept).isBetween(1, 10);
    }

    @Test
    void what_was_dropped_for_want_of_room_and_put_anew_can_still_be_outdated() {
        LocalAnswerStore small = new LocalAnswerStore(100_000, System::nanoTime);
        for (int i = 0; i < 1_000; i++) {
            small.put("a", "x", ADDRESS + i % 30, new byte[10_000], TTL);
        }
        small.forget("a", "x", ADDRESS);
        for (int i = 0; i < 30; i++) {
            assertThat(small.get("a", "x", ADDRESS + i).toCompletableFuture().join())
                    .isNull();
        }
    }

    @Test
    void age_and_end_go_by_the_monotonic_clock() {
        FakeTime time = new FakeTime();
        LocalAnswerStore timed = new LocalAnswerStore(100_000, time);
        timed.put("a", "x", "1", bytes("hello"), TTL);
        time.forward(Duration.ofSeconds(59));
        assertThat(timed.get("a", "x", "1").toCompletableFuture().join().ageMillis())
                .isEqualTo(59_000);
        time.forward(Duration.ofSeconds(1));
        assertThat(timed.get("a", "x", "1").toCompletableFuture().join()).isNull();
    }
}
