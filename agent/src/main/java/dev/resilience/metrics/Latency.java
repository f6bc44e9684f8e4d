package dev.resilience.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * How long calls took: a distribution that can be added to others and subtracted from later ones of the same source.
 * Immutable, and as large as it has distinct durations. All durations are nanoseconds, known within 1 %; the sum is exact.
 */
public final class Latency {

    /** Of no calls. */
    public static final Latency NONE = new Latency(new int[0], new long[0], 0);

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

    private final int[] cells;
    private final long[] counts;
    private final long sumNanos;
    private final long count;

    /** @param cells the occupied ones, ascending; taken over, as is {@code counts} */
    private Latency(int[] cells, long[] counts, long sumNanos) {
        this.cells = cells;
        this.counts = counts;
        this.sumNanos = sumNanos;
        long total = 0;
        for (long each : counts) {
            total += each;
        }
        this.count = total;
    }

    /** @param all one number for every cell of the layout */
    static Latency of(long[] all, long sumNanos) {
        int occupied = 0;
        for (long each : all) {
            if (each > 0) {
                occupied++;
            }
        }
        int[] cells = new int[occupied];
        long[] counts = new long[occupied];
        int next = 0;
        for (int cell = 0; cell < all.length; cell++) {
            if (all[cell] > 0) {
                cells[next] = cell;
                counts[next++] = all[cell];
            }
        }
        return new Latency(cells, counts, sumNanos);
    }

    /**
     * From what {@link #forEachCell} gave, perhaps on another instance. Cells that the layout does not have and counts
     * below one are left out: they come from a store that anybody may write.
     */
    public static Latency of(SortedMap<Integer, Long> cells, long sumNanos) {
        int[] numbers = new int[cells.size()];
        long[] counts = new long[cells.size()];
        int next = 0;
        for (Map.Entry<Integer, Long> each : cells.entrySet()) {
            int cell = each.getKey();
            if (cell >= 0 && cell < LatencyLayout.CELLS && each.getValue() > 0) {
                numbers[next] = cell;
                counts[next++] = each.getValue();
            }
        }
        return new Latency(Arrays.copyOf(numbers, next), Arrays.copyOf(counts, next), Math.max(0, sumNanos));
    }

    /** Hands out the occupied cells, ascending. */
    public void forEachCell(CellVisitor visitor) {
        for (int i = 0; i < cells.length; i++) {
            visitor.visit(cells[i], counts[i]);
        }
    }

    /** Takes one cell of a distribution. */
    @FunctionalInterface
    public interface CellVisitor {
        void visit(int cell, long count);
    }

    /** How many cells are occupied. */
    public int occupied() {
        return cells.length;
    }

    /** How many buckets there are, the unbounded one included. */
    static int buckets() {
        return BOUNDS.length + 1;
    }

    /** Upper bounds of {@link #bucketCounts()}, in nanoseconds. */
    public static long[] bucketBounds() {
        return BOUNDS.clone();
    }

    /** The bucket that a duration is counted in, 0 to as many as there are {@link #bucketBounds()}. */
    static int bucket(long nanos) {
        long counted = LatencyLayout.middle(LatencyLayout.cell(nanos));
        int bucket = 0;
        while (bucket < BOUNDS.length && counted > BOUNDS[bucket]) {
            bucket++;
        }
        return bucket;
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

    /** As closely as cells tell it, and never above the average, which is exact. */
    public long minNanos() {
        return cells.length == 0 ? 0 : Math.min(LatencyLayout.middle(cells[0]), sumNanos / count);
    }

    /** As closely as cells tell it, and never below the average, which is exact. */
    public long maxNanos() {
        return cells.length == 0
                ? 0
                : Math.max(LatencyLayout.middle(cells[cells.length - 1]), (sumNanos + count - 1) / count);
    }

    /**
     * The duration that the given share of calls did not exceed; 0 of no calls.
     *
     * @param percent 0 to 100
     */
    public long percentileNanos(double percent) {
        long rank = Math.max(1, (long) Math.ceil(percent / 100 * count));
        long seen = 0;
        for (int i = 0; i < cells.length; i++) {
            seen += counts[i];
            if (seen >= rank) {
                return LatencyLayout.middle(cells[i]);
            }
        }
        return 0;
    }

    /** How many calls took no longer than {@code nanos}. */
    public long countUpTo(long nanos) {
        long seen = 0;
        for (int i = 0; i < cells.length && LatencyLayout.middle(cells[i]) <= nanos; i++) {
            seen += counts[i];
        }
        return seen;
    }

    /** Calls per bucket, not cumulated; one more than {@link #bucketBounds()}, the last for what is over. */
    public long[] bucketCounts() {
        long[] buckets = new long[buckets()];
        for (int i = 0; i < cells.length; i++) {
            buckets[bucket(LatencyLayout.middle(cells[i]))] += counts[i];
        }
        return buckets;
    }

    /** In pieces of at most {@code most} cells, which add up to this; the first one has the sum. */
    List<Latency> split(int most) {
        List<Latency> pieces = new ArrayList<>();
        for (int from = 0; from < cells.length || from == 0; from += most) {
            int to = Math.min(cells.length, from + most);
            pieces.add(new Latency(
                    Arrays.copyOfRange(cells, from, to),
                    Arrays.copyOfRange(counts, from, to),
                    from == 0 ? sumNanos : 0));
        }
        return pieces;
    }

    public Latency plus(Latency other) {
        if (other.count == 0 && other.sumNanos == 0) {
            return this;
        }
        return combined(other, 1);
    }

    /** What came since an earlier reading of the same source. */
    public Latency minus(Latency earlier) {
        return combined(earlier, -1);
    }

    private Latency combined(Latency other, int sign) {
        int[] merged = new int[cells.length + other.cells.length];
        long[] sums = new long[merged.length];
        int next = 0;
        int mine = 0;
        int its = 0;
        while (mine < cells.length || its < other.cells.length) {
            int cell = Math.min(
                    mine < cells.length ? cells[mine] : Integer.MAX_VALUE,
                    its < other.cells.length ? other.cells[its] : Integer.MAX_VALUE);
            long sum = 0;
            if (mine < cells.length && cells[mine] == cell) {
                sum += counts[mine++];
            }
            if (its < other.cells.length && other.cells[its] == cell) {
                sum += sign * other.counts[its++];
            }
            if (sum > 0) {
                merged[next] = cell;
                sums[next++] = sum;
            }
        }
        return new Latency(
                Arrays.copyOf(merged, next), Arrays.copyOf(sums, next), Math.max(0, sumNanos + sign * other.sumNanos));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Latency that
                && sumNanos == that.sumNanos
                && Arrays.equals(cells, that.cells)
                && Arrays.equals(counts, that.counts);
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
