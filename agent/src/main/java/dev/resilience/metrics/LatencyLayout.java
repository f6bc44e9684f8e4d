package dev.resilience.metrics;

/**
 * Where a duration is counted: the log-linear layout of HdrHistogram (Gil Tene, {@code AbstractHistogram.countsArrayIndex})
 * with 64 equal steps per power of two, so that the middle of a cell is within 0.8 % of every value in it from 4 µs up and
 * within 32 ns below. Values run from 0 to 73 minutes; longer ones count as the longest. Cell numbers cross the wire
 * between instances: another layout needs other keys.
 */
final class LatencyLayout {

    /** Number of cells. */
    static final int CELLS;

    private static final int UNIT_SHIFT = 6;
    private static final int HALF_SHIFT = 6;
    private static final int HALF = 1 << HALF_SHIFT;
    private static final long LONGEST = (1L << 42) - 1;
    private static final long FIRST_RANGE = ((2L * HALF) - 1) << UNIT_SHIFT;
    private static final int ZEROS_BASE = 64 - UNIT_SHIFT - HALF_SHIFT - 1;

    static {
        CELLS = cell(LONGEST) + 1;
    }

    private LatencyLayout() {}

    /** The cell of a duration in nanoseconds. */
    static int cell(long nanos) {
        long value = nanos < 0 ? 0 : Math.min(nanos, LONGEST);
        int range = ZEROS_BASE - Long.numberOfLeadingZeros(value | FIRST_RANGE);
        int step = (int) (value >>> (range + UNIT_SHIFT));
        return ((range + 1) << HALF_SHIFT) + step - HALF;
    }

    /** The shortest duration of a cell, in nanoseconds. */
    static long lowest(int cell) {
        int range = (cell >> HALF_SHIFT) - 1;
        return range < 0 ? (long) cell << UNIT_SHIFT : (long) ((cell & (HALF - 1)) + HALF) << (range + UNIT_SHIFT);
    }

    /** The longest duration of a cell, in nanoseconds. */
    static long highest(int cell) {
        return lowest(cell) + width(cell) - 1;
    }

    /** The duration that stands for a cell, in nanoseconds. */
    static long middle(int cell) {
        return lowest(cell) + width(cell) / 2;
    }

    private static long width(int cell) {
        return 1L << (Math.max((cell >> HALF_SHIFT) - 1, 0) + UNIT_SHIFT);
    }
}
