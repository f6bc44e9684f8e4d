package dev.resilience.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProbeHistoryTest {

    @Test
    void keeps_a_day_at_the_probes_pace_and_forgets_the_oldest_first() {
        ProbeHistory history = new ProbeHistory(Duration.ofSeconds(10));
        for (int i = 0; i < 20_000; i++) {
            history.add(i * 10_000L, i % 2 == 0, i % 100);
        }

        var lastDay = history.since(20_000 * 10_000L - Duration.ofHours(24).toMillis());

        assertThat(lastDay).hasSize(8_640);
        assertThat(lastDay.get(0).atMillis()).isEqualTo((20_000 - 8_640) * 10_000L);
        assertThat(lastDay.get(8_639)).isEqualTo(new ProbeHistory.Entry(199_990_000L, false, 99));
        assertThat(history.since(0)).hasSizeLessThan(10_000);
    }

    @Test
    void keeps_down_apart_from_an_answer_of_no_time() {
        ProbeHistory history = new ProbeHistory(Duration.ofSeconds(10));
        history.add(1, false, 0);
        history.add(2, true, 0);

        assertThat(history.since(0))
                .containsExactly(new ProbeHistory.Entry(1, false, 0), new ProbeHistory.Entry(2, true, 0));
        assertThat(history.since(2)).hasSize(1);
    }
}
