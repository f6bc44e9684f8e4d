package dev.resilience.breaker;

/**
 * Numbers of a circuit's states, and versions of its orders. They are counted in a circle, so that there is always a next
 * one, and so large that half of it is never counted through: of two, the one that lies less than half a circle ahead is
 * the newer. All fit the doubles that the store's scripts count with. 0 is before all.
 */
public final class Epoch {

    private static final long CIRCLE = 1L << 52;

    private Epoch() {}

    /** Whether somebody who counts can have come to this number. */
    public static boolean isValid(long epoch) {
        return epoch >= 0 && epoch < CIRCLE;
    }

    static long next(long epoch) {
        return epoch + 1 < CIRCLE ? epoch + 1 : 1;
    }

    public static boolean isNewer(long one, long other) {
        return one != 0 && one != other && (other == 0 || Math.floorMod(one - other, CIRCLE) < CIRCLE / 2);
    }
}
