package dev.resilience.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetryAfterTest {

    private static final long NOW = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

    @Test
    void seconds() {
        assertThat(millis("120")).isEqualTo(120_000);
        assertThat(millis(" 5 ")).isEqualTo(5_000);
    }

    @Test
    void a_date_is_counted_from_the_responses_own() {
        assertThat(RetryAfter.millis(
                        List.of("Thu, 01 Jan 2026 01:00:30 GMT"), List.of("Thu, 01 Jan 2026 01:00:00 GMT"), NOW))
                .isEqualTo(30_000);
    }

    @Test
    void a_date_without_one_is_counted_from_now() {
        assertThat(millis("Thu, 01 Jan 2026 00:00:10 GMT")).isEqualTo(10_000);
    }

    @Test
    void nonsense_asks_for_nothing() {
        assertThat(millis("soon")).isEqualTo(-1);
        assertThat(millis("-3")).isEqualTo(-1);
        assertThat(millis("")).isEqualTo(-1);
        assertThat(millis("Thu, 01 Jan 1970 00:00:10 GMT")).isEqualTo(-1);
        assertThat(RetryAfter.millis(List.of(), List.of(), NOW)).isEqualTo(-1);
    }

    @Test
    void an_absurd_number_is_bounded() {
        assertThat(millis("99999999999999999999")).isEqualTo(366L * 24 * 3_600 * 1_000);
    }

    private static long millis(String value) {
        return RetryAfter.millis(List.of(value), List.of(), NOW);
    }
}
