package dev.resilience.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WindowTest {

    private static final long WINDOW = 60_000;
    private static final Delta ONE_FAILURE = new Delta(1, 1, 0, -1);

    private final Window window = new Window();

    @Test
    void nothing_counts_at_first() {
        assertThat(window.sum(0).isEmpty()).isTrue();
    }

    @Test
    void what_was_added_counts_for_most_of_the_window_and_no_longer() {
        window.add(-5_000_000, WINDOW, ONE_FAILURE);
        assertThat(window.sum(-5_000_000 + WINDOW * 19 / 20 - 1).failures()).isEqualTo(1);
        assertThat(window.sum(-5_000_000 + WINDOW).failures()).isZero();
    }

    @Test
    void buckets_are_forgotten_one_by_one() {
        for (int second = 0; second < 60; second++) {
            window.add(second * 1_000, WINDOW, ONE_FAILURE);
        }
        assertThat(window.sum(59_999).failures()).isEqualTo(60);
        assertThat(window.sum(62_999).failures()).isEqualTo(57);
        assertThat(window.sum(119_999).failures()).isZero();
    }

    @Test
    void what_was_counted_is_carried_into_a_window_of_another_length() {
        window.add(1_000, WINDOW, ONE_FAILURE);
        window.add(2_000, WINDOW / 6, ONE_FAILURE);
        assertThat(window.sum(2_000).failures()).isEqualTo(2);
        assertThat(window.sum(2_000 + WINDOW / 6).failures()).isZero();
    }

    /** Two instances whose files differ report by turns. */
    @Test
    void what_was_counted_grows_no_younger_by_a_length_that_changes_again_and_again() {
        window.add(0, WINDOW, ONE_FAILURE);
        for (int second = 1; second < 60; second++) {
            window.add(second * 1_000, second % 2 == 0 ? WINDOW : WINDOW / 6, new Delta(1, 0, 0, -1));
            assertThat(window.sum(second * 1_000).failures()).isEqualTo(second <= 10 ? 1 : 0);
            assertThat(window.sum(second * 1_000).calls()).isBetween(1L, 61L);
        }
    }

    @Test
    void clearing_forgets_all() {
        window.add(1_000, WINDOW, ONE_FAILURE);
        window.clear();
        assertThat(window.sum(1_000).isEmpty()).isTrue();
    }
}
