package dev.resilience.breaker;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the way of a call needs to know of its circuit, immutable, read at once. It is also the permit of every call that
 * needs none of its own, so that asking allocates nothing; and it holds the counters of its epoch, so that a late outcome
 * finds counters that nobody reads.
 *
 * @param wayIn how a call gets its permit
 * @param granted what a call that gets this very object is told
 * @param counters null where outcomes count nowhere
 * @param untilNanos when OPEN ends, on the circuit's clock
 * @param ramp lets only a part of the calls through; null for all of them
 */
record Stage(
        State state,
        long epoch,
        WayIn wayIn,
        boolean granted,
        @Nullable Counters counters,
        long slowNanos,
        long untilNanos,
        LongSupplier nanoTime,
        @Nullable Ramp ramp)
        implements Permit {

    enum WayIn {
        /** The stage itself is the permit. */
        SHARED,
        /** The call gets a permit of its own: it is followed while it runs, or let in by degrees. */
        OWN,
        /** The call must get hold of a trial permit. */
        TRIAL,
        /** The call goes out in any case; if there is a trial permit, its outcome decides. */
        SHADOW_TRIAL
    }

    @Override
    public boolean trial() {
        return false;
    }

    @Override
    public long retryAfterMillis() {
        if (granted || state != State.OPEN || untilNanos == Long.MAX_VALUE) {
            return 0;
        }
        long left = untilNanos - nanoTime.getAsLong();
        return left <= 0 ? 0 : (left + 999_999) / 1_000_000;
    }
}
