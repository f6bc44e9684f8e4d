package dev.resilience.metrics;

import java.util.Arrays;

/**
 * How long calls took: a distribution that can be added to others and subtracted from later ones of the same source.
 * Immutable. All durations are nanoseconds, known within 1 %; the sum is exact.
 */
public final class Latency {

    /** Of no calls. */
    public static final Latency NONE = new Latency(new long[LatencyLayout.CELLS], 0);

    /** Upper bounds of the exposed histogram's buckets, nanoseconds; an unbounded one follows. */
    private static final long[] BOUNDS = {
        1_000_000L,
        2_500_000L,
        5_000_000L,
        10_000_000L,
        25_000_000L,
        50_000_000L,
        100_000_000L,
        250_000_000L,
        500_000_000L,
        1_000_000_000L,
        2_500_000_000L,
        5_000_000_000L,
        10_000_000_000L,
        30_000_000_000L
    };

    private final long[] cells;
    private final long sumNanos;
    private final long count;

    Latency(long[] cells, long sumNanos) {
        this.cells = cells;
        this.sumNanos = sumNanos;
        long total = 0;
        for (long cell : cells) {
            total += cell;
        }
        this.count = total;
    }

    /** Upper bounds of {@link #bucketCounts()}, in nanoseconds. */
    public static long[] bucketBounds() {
        return BOUNDS.clone();
    }

    public long count() {
        return count;
    }

    public long sumNanos() {
        return sumNanos;
    }

    public double averageNanos() {
        return count == 0 ? 0 : (double) sumNanos / count;
    }

    public long minNanos() {
        for (int cell = 0; cell < cells.length; cell++) {
            if (cells[cell] > 0) {
                return LatencyLayout.lowest(cell);
            }
        }
        return 0;
    }

    public long maxNanos() {
        for (int cell = cells.length - 1; cell >= 0; cell--) {
            if (cells[cell] > 0) {
                return LatencyLayout.highest(cell);
            }
        }
        return 0;
    }

    /**
     * The duration that the given share of calls did not exceed; 0 of no calls.
     *
     * @param percent 0 to 100
     */
    public long percentileNanos(double percent) {
        long rank = Math.max(1, (long) Math.ceil(percent / 100 * count));
        long seen = 0;
        for (int cell = 0; cell < cells.length; cell++) {
            seen += cells[cell];
            if (seen >= rank) {
                return LatencyLayout.middle(cell);
            }
        }
        return 0;
    }

    /** Calls per bucket, not cumulated; one more than {@link #bucketBounds()}, the last for what is over. */
    public long[] bucketCounts() {
        long[] buckets = new long[BOUNDS.length + 1];
        int bucket = 0;
        for (int cell = 0; cell < cells.length; cell++) {
            while (bucket < BOUNDS.length && LatencyLayout.middle(cell) > BOUNDS[bucket]) {
                bucket++;
            }
            buckets[bucket] += cells[cell];
        }
        return buckets;
    }

    public Latency plus(Latency other) {
        long[] sums = cells.clone();
        for (int cell = 0; cell < sums.length; cell++) {
            sums[cell] += other.cells[cell];
        }
        return new Latency(sums, sumNanos + other.sumNanos);
    }

    /** What came since an earlier reading of the same source. */
    public Latency minus(Latency earlier) {
        long[] rest = cells.clone();
        for (int cell = 0; cell < rest.length; cell++) {
            rest[cell] = Math.max(0, rest[cell] - earlier.cells[cell]);
        }
        return new Latency(rest, Math.max(0, sumNanos - earlier.sumNanos));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Latency that && sumNanos == that.sumNanos && Arrays.equals(cells, that.cells);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(sumNanos) * 31 + Long.hashCode(count);
    }

    @Override
    public String toString() {
        return "Latency[count=" + count + ", p50=" + percentileNanos(50) + "ns, p99=" + percentileNanos(99) + "ns]";
    }
}
