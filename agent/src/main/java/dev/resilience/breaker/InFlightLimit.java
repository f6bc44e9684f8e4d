package dev.resilience.breaker;

import java.util.concurrent.atomic.AtomicInteger;

/** How many calls of one service may be in flight on this instance (a bulkhead). Thread-safe, never waits. */
public final class InFlightLimit {

    private final int most;
    private final AtomicInteger running = new AtomicInteger();

    public InFlightLimit(int most) {
        this.most = most;
    }

    public int most() {
        return most;
    }

    /** @return whether the call may be made; every true is given back by {@link #leave()} */
    public boolean enter() {
        if (running.incrementAndGet() <= most) {
            return true;
        }
        running.decrementAndGet();
        return false;
    }

    public void leave() {
        running.decrementAndGet();
    }
}
