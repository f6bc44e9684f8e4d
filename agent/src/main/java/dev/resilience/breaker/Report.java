package dev.resilience.breaker;

import java.util.List;

/**
 * What an instance tells the store: where it stands, what it counted, whose trial calls still run. The store takes the
 * stand when it outranks its own (it was wiped, or the instance decided while the store was away), counts the delta when
 * it belongs to its epoch, and renews the leases.
 *
 * @param instance name of the instance, unique in the fleet
 * @param remainingMillis until the instance's OPEN or HALF_OPEN ends
 * @param sinceMillis how long its state lasts already
 * @param failures that opened it, for OPEN and HALF_OPEN
 * @param successes beside those failures
 * @param relapses recoveries that failed in a row, as far as it knows
 * @param countedIn epoch of the calls in {@code delta}
 * @param leases trial permits of calls that still run
 * @param partedIn the fleet's epoch from which the instance went on by itself, because the store was away or was not heard yet;
 *     -1 when it did not
 * @param sinceLastMillis how long ago the instance reported last
 * @param order the mode that it knows to be ordered
 */
public record Report(
        String instance,
        State state,
        long epoch,
        long remainingMillis,
        long sinceMillis,
        long failures,
        long successes,
        int relapses,
        Cause cause,
        long countedIn,
        Delta delta,
        List<String> leases,
        long partedIn,
        long sinceLastMillis,
        ModeOrder order) {

    /** The same of an instance whose OPEN binds nobody else: what it counted, not where it stands. */
    Report withoutStand() {
        return new Report(
                instance,
                State.CLOSED,
                0,
                0,
                0,
                0,
                0,
                0,
                Cause.START,
                countedIn,
                delta,
                leases,
                -1,
                sinceLastMillis,
                order);
    }
}
