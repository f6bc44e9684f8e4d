package dev.resilience.breaker;

import java.util.concurrent.atomic.AtomicInteger;

/** Calls of one service that run on this instance, where their number is bounded. Thread-safe, without waiting. */
final class InFlight {

    private final AtomicInteger calls = new AtomicInteger();

    boolean enter(int most) {
        if (calls.incrementAndGet() <= most) {
            return true;
        }
        calls.decrementAndGet();
        return false;
    }

    /** To be called once for every call that entered. */
    void leave() {
        calls.decrementAndGet();
    }
}
