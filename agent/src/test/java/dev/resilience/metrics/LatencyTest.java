package dev.resilience.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LatencyTest {

    private static final long SECOND = 1_000_000_000L;

    @Property
    void a_duration_is_known_within_one_percent(@ForAll @LongRange(min = 8_192, max = 4_000 * SECOND) long nanos) {
        int cell = LatencyLayout.cell(nanos);

        assertThat(LatencyLayout.lowest(cell)).isLessThanOrEqualTo(nanos);
        assertThat(LatencyLayout.highest(cell)).isGreaterThanOrEqualTo(nanos);
        assertThat((double) LatencyLayout.middle(cell)).isCloseTo(nanos, within(nanos * 0.01));
    }

    @Property
    void cells_follow_one_another_without_gap(@ForAll @LongRange(min = 0, max = 4_000 * SECOND) long nanos) {
        int cell = LatencyLayout.cell(nanos);

        assertThat(LatencyLayout.cell(LatencyLayout.highest(cell) + 1)).isEqualTo(cell + 1);
        assertThat(LatencyLayout.cell(LatencyLayout.lowest(cell))).isEqualTo(cell);
    }

    @Test
    void durations_off_the_scale_count_at_its_ends() {
        assertThat(LatencyLayout.cell(-1)).isZero();
        assertThat(LatencyLayout.cell(Long.MIN_VALUE)).isZero();
        assertThat(LatencyLayout.cell(Long.MAX_VALUE)).isEqualTo(LatencyLayout.CELLS - 1);
    }

    @Test
    void percentiles_agree_with_HdrHistogram() {
        Tally tally = new Tally("calcom", "slots", Tally.STRIPES);
        Histogram reference = new Histogram(10_000 * SECOND, 4);
        long value = 7_919;
        for (int i = 0; i < 50_000; i++) {
            value = (value * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L);
            long nanos = 10_000 + Math.floorMod(value >>> 20, 3 * SECOND);
            tally.record(CallOutcome.SUCCESS, nanos);
            reference.recordValue(nanos);
        }
        Latency latency = tally.figures().latency();

        assertThat(latency.count()).isEqualTo(50_000);
        for (double percent : new double[] {0, 1, 50, 95, 99, 99.9, 100}) {
            long expected = reference.getValueAtPercentile(percent);
            assertThat((double) latency.percentileNanos(percent)).isCloseTo(expected, within(expected * 0.01));
        }
        assertThat(latency.averageNanos()).isCloseTo(reference.getMean(), within(reference.getMean() * 0.001));
        assertThat((double) latency.maxNanos())
                .isCloseTo(reference.getMaxValue(), within(reference.getMaxValue() * 0.01));
        assertThat((double) latency.minNanos())
                .isCloseTo(reference.getMinValue(), within(reference.getMinValue() * 0.01));
    }

    @Test
    void the_average_lies_between_the_shortest_and_the_longest() {
        for (long nanos = 4_001; nanos < 100 * SECOND; nanos = nanos * 17 / 10) {
            Tally tally = new Tally("calcom", "slots", Tally.STRIPES);
            tally.record(CallOutcome.SUCCESS, nanos);
            tally.record(CallOutcome.SUCCESS, nanos);
            Latency latency = tally.figures().latency();
            assertThat(latency.averageNanos()).isBetween((double) latency.minNanos(), (double) latency.maxNanos());
        }
    }

    @Test
    void adds_and_subtracts() {
        Tally first = new Tally("calcom", "slots", Tally.STRIPES);
        Tally second = new Tally("calcom", "slots", Tally.STRIPES);
        first.record(CallOutcome.SUCCESS, SECOND);
        Latency before = first.figures().latency();
        first.record(CallOutcome.SUCCESS, 2 * SECOND);
        second.record(CallOutcome.SUCCESS, 4 * SECOND);

        Latency both = first.figures().latency().plus(second.figures().latency());
        Latency since = first.figures().latency().minus(before);

        assertThat(both.count()).isEqualTo(3);
        assertThat(both.sumNanos()).isEqualTo(7 * SECOND);
        assertThat(since.count()).isEqualTo(1);
        assertThat(since.sumNanos()).isEqualTo(2 * SECOND);
    }

    @Test
    void buckets_hold_every_call_once() {
        Tally tally = new Tally("calcom", "slots", Tally.STRIPES);
        tally.record(CallOutcome.SUCCESS, 500_000);
        tally.record(CallOutcome.SUCCESS, 3_000_000);
        tally.record(CallOutcome.SUCCESS, 60 * SECOND);

        long[] counts = tally.figures().latency().bucketCounts();

        assertThat(counts).hasSize(Latency.bucketBounds().length + 1);
        assertThat(counts[0]).isEqualTo(1);
        assertThat(counts[2]).isEqualTo(1);
        assertThat(counts[counts.length - 1]).isEqualTo(1);
    }

    @Test
    void of_no_calls_everything_is_zero() {
        assertThat(Latency.NONE.count()).isZero();
        assertThat(Latency.NONE.percentileNanos(99)).isZero();
        assertThat(Latency.NONE.minNanos()).isZero();
        assertThat(Latency.NONE.maxNanos()).isZero();
        assertThat(Latency.NONE.averageNanos()).isZero();
    }
}
