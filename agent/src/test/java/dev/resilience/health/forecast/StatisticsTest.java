package dev.resilience.health.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Reference values by exact fractions, and by the complementary error function. */
class StatisticsTest {

    @Test
    void the_binomial_tail_is_exact() {
        assertThat(Statistics.binomialTail(0, 10, 0.3)).isEqualTo(1);
        assertThat(Statistics.binomialTail(3, 10, 0.1)).isCloseTo(0.0701908264, within(1e-12));
        assertThat(Statistics.binomialTail(5, 20, 0.005)).isCloseTo(4.551101924e-8, within(1e-16));
        assertThat(Statistics.binomialTail(60, 1000, 0.05)).isCloseTo(0.08673217838486096, within(1e-12));
        assertThat(Statistics.binomialTail(11, 10, 0.5)).isZero();
        assertThat(Statistics.binomialTail(3, 10, 1)).isEqualTo(1);
    }

    @Test
    void the_normal_tail_is_close() {
        assertThat(Statistics.normalTail(0)).isCloseTo(0.5, within(1e-6));
        assertThat(Statistics.normalTail(1.96)).isCloseTo(0.0249979, within(1e-6));
        assertThat(Statistics.normalTail(-1)).isCloseTo(0.8413447, within(1e-6));
        assertThat(Statistics.normalTail(4)).isCloseTo(3.167e-5, within(1e-7));
    }

    @Test
    void the_value_at_a_rank_is_the_one_that_sorting_puts_there() {
        Random random = new Random(1);
        for (int length = 1; length < 60; length++) {
            double[] values =
                    random.doubles(length).map(value -> Math.floor(value * 20)).toArray();
            double[] sorted = values.clone();
            Arrays.sort(sorted);
            for (int rank = 0; rank < length; rank++) {
                assertThat(Statistics.select(values.clone(), rank)).isEqualTo(sorted[rank]);
            }
            assertThat(Statistics.median(values)).isEqualTo((sorted[length / 2] + sorted[(length - 1) / 2]) / 2);
        }
    }

    @Test
    void a_straight_line_is_found_in_spite_of_outliers() {
        double[] times = new double[40];
        double[] values = new double[40];
        for (int i = 0; i < times.length; i++) {
            times[i] = i;
            values[i] = i % 7 == 3 ? 5_000 : 100 + 2 * i;
        }
        Trend trend = Trend.of(times, values);

        assertThat(trend.slope()).isCloseTo(2, within(0.05));
        assertThat(trend.slopeLow()).isLessThanOrEqualTo(2);
        assertThat(trend.slopeHigh()).isGreaterThanOrEqualTo(2);
        assertThat(trend.level()).isCloseTo(178, within(4.0));
        assertThat(trend.z()).isGreaterThan(3);
    }

    @Test
    void the_test_is_that_of_mann_and_kendall() {
        // Of 45 pairs 41 rise and 4 fall: S = 37, Var(S) = 10 * 9 * 25 / 18 = 125, z = 36 / sqrt(125)
        Trend trend =
                Trend.of(new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, new double[] {1, 3, 2, 5, 4, 7, 6, 9, 8, 10});
        assertThat(trend.z()).isCloseTo(36 / Math.sqrt(125), within(1e-9));
    }

    @Test
    void nothing_changes_where_nothing_changes() {
        Trend trend = Trend.of(new double[] {1, 2, 3, 4}, new double[] {5, 5, 5, 5});
        assertThat(trend.z()).isZero();
        assertThat(trend.slope()).isZero();
    }
}
