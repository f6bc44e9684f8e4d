package dev.resilience.breaker;

import java.util.concurrent.atomic.AtomicInteger;

/** How many calls of one service may be in flight on this instance (a bulkhead). Thread-safe, never waits. */
public final class InFlightLimit {

    private volatile int most;
    private final AtomicInteger running = new AtomicInteger();

    public InFlightLimit(int most) {
        this.most = most;
    }

    public int most() {
        return most;
    }

    /** Another bound from now on; what is above it already is left to finish. */
    public void most(int other) {
        most = other;
    }

    /** @return whether the call may be made; every true is given back by {@link #leave()} */
    public boolean enter() {
        // Never above the limit, not even for a moment: who comes just then would be refused a place that is free.
        for (int now = running.get(); now < most; now = running.get()) {
            if (running.compareAndSet(now, now + 1)) {
                return true;
            }
        }
        return false;
    }

    public void leave() {
        running.decrementAndGet();
    }
}
