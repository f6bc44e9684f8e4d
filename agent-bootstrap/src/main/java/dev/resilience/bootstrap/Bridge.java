package dev.resilience.bootstrap;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What woven code calls. Any failure behind the bridge lets the application's call through untouched and is counted.
 * Thread-safe.
 */
public final class Bridge {

    private static final AtomicLong FAILURES = new AtomicLong();

    private static volatile Gate gate;

    private Bridge() {}

    /** Opens the bridge to the agent, or closes it with null: every call passes from then on. */
    public static void connect(Gate agent) {
        gate = agent;
    }

    /** @return the passage of this call, or null: make the call and think no more of it */
    public static Passage enter(int site, Object self, Object first, Object second, Object third) {
        Gate agent = gate;
        if (agent == null) {
            return null;
        }
        try {
            return agent.enter(site, self, first, second, third);
        } catch (Throwable failure) {
            failed(failure);
            return null;
        }
    }

    /** Fills in what the caller gets from {@code passage}; after a failure behind the bridge, what the call gave. */
    public static void exit(Passage passage, Object result, Throwable thrown) {
        if (passage.skipped) {
            return;
        }
        passage.result = result;
        passage.thrown = thrown;
        try {
            passage.exit(result, thrown);
        } catch (Throwable failure) {
            passage.result = result;
            passage.thrown = thrown;
            failed(failure);
        }
    }

    /** Counts a failure inside the gate. Never throws. */
    public static void failed(Throwable failure) {
        try {
            FAILURES.incrementAndGet();
            Gate agent = gate;
            if (agent != null) {
                agent.failed(failure);
            }
        } catch (Throwable ignored) {
            // Nothing is left to tell it to, and the application's call comes first.
        }
    }

    /** Failures inside the gate since the JVM started. */
    public static long failures() {
        return FAILURES.get();
    }
}
