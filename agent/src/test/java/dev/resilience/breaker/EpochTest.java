package dev.resilience.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EpochTest {

    private static final long LAST = (1L << 52) - 1;

    @Test
    void the_next_is_newer_all_around_the_circle() {
        for (long epoch : new long[] {0, 1, 2, 1L << 20, 1L << 51, (1L << 51) + 1, LAST - 1, LAST}) {
            long next = Epoch.next(epoch);
            assertThat(Epoch.isNewer(next, epoch)).as("%d", epoch).isTrue();
            assertThat(Epoch.isNewer(epoch, next)).as("%d", epoch).isFalse();
            assertThat(Epoch.isValid(next)).isTrue();
        }
        assertThat(Epoch.next(LAST)).isEqualTo(1);
    }

    @Test
    void nothing_is_newer_than_itself_and_zero_is_newer_than_nothing() {
        assertThat(Epoch.isNewer(7, 7)).isFalse();
        assertThat(Epoch.isNewer(0, LAST)).isFalse();
        assertThat(Epoch.isNewer(LAST, 0)).isTrue();
    }

    @Test
    void what_no_double_holds_exactly_is_no_epoch() {
        assertThat(Epoch.isValid(-1)).isFalse();
        assertThat(Epoch.isValid(LAST + 1)).isFalse();
        assertThat(Epoch.isValid(Long.MAX_VALUE)).isFalse();
    }
}
