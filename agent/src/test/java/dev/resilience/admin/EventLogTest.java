package dev.resilience.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EventLogTest {

    private final EventLog log = new EventLog();

    @Test
    void what_was_heard_of_late_stands_where_it_happened() {
        log.acted(1_000, "mode", "calcom", "first");
        log.acted(3_000, "mode", "calcom", "third");
        log.acted(2_000, "reset", "calcom", "second, done elsewhere");
        log.acted(3_000, "reset", "calcom", "fourth");

        assertThat(log.newest(10))
                .extracting(EventLog.Event::detail)
                .containsExactly("fourth", "third", "second, done elsewhere", "first");
        assertThat(log.newest(10)).extracting(EventLog.Event::id).containsExactly(4L, 2L, 3L, 1L);
    }

    @Test
    void the_newest_thousand_are_kept_and_what_is_older_than_those_is_not() {
        for (int i = 1; i <= 1_001; i++) {
            log.acted(i, "reset", "calcom", "number " + i);
        }
        log.acted(1, "reset", "calcom", "too old");

        assertThat(log.newest(2_000)).hasSize(1_000);
        assertThat(log.newest(2_000).get(999).detail()).isEqualTo("number 2");
        assertThat(log.newest(1).get(0).detail()).isEqualTo("number 1001");
    }
}
