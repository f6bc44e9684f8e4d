package dev.resilience.testapps.harness;

import java.util.concurrent.locks.LockSupport;

/** Lets time pass between two looks at another process. */
public final class Pause {

    private Pause() {}

    /** Returns early only when interrupted, with the mark kept. */
    public static void of(long millis) {
        long deadline = System.nanoTime() + millis * 1_000_000;
        long left = millis * 1_000_000;
        while (left > 0 && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(left);
            left = deadline - System.nanoTime();
        }
    }
}
