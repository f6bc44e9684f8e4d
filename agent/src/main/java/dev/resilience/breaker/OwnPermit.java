package dev.resilience.breaker;

import java.util.concurrent.atomic.AtomicBoolean;

/** A permit that belongs to one call and is settled once. */
abstract class OwnPermit implements Permit {

    final Stage stage;
    private final AtomicBoolean settled = new AtomicBoolean();

    OwnPermit(Stage stage) {
        this.stage = stage;
    }

    /** Counts the call's end; called once. */
    abstract void settled(Outcome outcome, long durationNanos, long retryAfterMillis);

    /** The call has its answer; how it went is told later. */
    void answered() {}

    final void settle(Outcome outcome, long durationNanos, long retryAfterMillis) {
        if (settled.compareAndSet(false, true)) {
            settled(outcome, durationNanos, retryAfterMillis);
        }
    }

    @Override
    public boolean granted() {
        return true;
    }

    @Override
    public boolean trial() {
        return false;
    }

    @Override
    public State state() {
        return stage.state();
    }

    @Override
    public long epoch() {
        return stage.epoch();
    }

    @Override
    public long retryAfterMillis() {
        return 0;
    }
}
