package dev.resilience.breaker;

import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/** The permit of one trial call: a lease of the fleet's store, or this instance's own while there is none to ask. */
final class TrialPermit extends OwnPermit {

    final String lease;
    final long sinceMillis;
    private final Trials trials;

    /** Null where it is not known. */
    private volatile @Nullable Reference<Object> holder;

    /** When the store was asked that last kept it alive; guarded by the circuit's lock. */
    private long renewedMillis;

    /** @param askedMillis when the store was asked for it: its time there began no earlier */
    TrialPermit(Trials trials, Stage stage, String lease, long askedMillis, long nowMillis) {
        super(stage);
        this.trials = trials;
        this.lease = lease;
        this.sinceMillis = nowMillis;
        this.renewedMillis = askedMillis;
    }

    @Override
    public boolean trial() {
        return true;
    }

    @Override
    public void heldBy(Object its) {
        holder = new WeakReference<>(its);
    }

    /** Whether its call was dropped without an end, as a connection that was opened and never asked. */
    boolean isDropped() {
        Reference<Object> its = holder;
        return its != null && its.refersTo(null);
    }

    /**
     * Whether the store surely still holds it. An instance that was stopped for a while finds that it does not: another one
     * may have its place, and the circuit may have moved on.
     */
    boolean isLive(long nowMillis) {
        return nowMillis - renewedMillis < BreakerStore.LEASE_MILLIS;
    }

    void renew(long askedMillis) {
        if (isLive(askedMillis)) {
            renewedMillis = askedMillis;
        }
    }

    @Override
    void settled(Outcome outcome, long durationNanos, long retryAfterMillis) {
        trials.settle(this, outcome, retryAfterMillis);
    }
}
