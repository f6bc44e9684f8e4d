package dev.resilience.bootstrap;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * What woven code calls. Any failure behind the bridge lets the application's call through untouched and is counted.
 * Thread-safe.
 */
public final class Bridge {

    private static final AtomicLong FAILURES = new AtomicLong();

    private static final boolean[] ALL_AWAKE = {};

    private static volatile Gate gate;

    private static volatile Consumer<Object> management;

    /** By site, true where the gate wants to hear nothing for the present; replaced, never written to. */
    private static volatile boolean[] quiet = ALL_AWAKE;

    private Bridge() {}

    /** Opens the bridge to the agent, or closes it with null: every call passes from then on. No site is quiet any more. */
    public static synchronized void connect(Gate agent) {
        gate = agent;
        quiet = ALL_AWAKE;
    }

    /**
     * Whether a woven method need not enter. Asked in the method itself, so that one that is always quiet is compiled as if
     * it were not woven: its objects need not even be made.
     */
    public static boolean isQuiet(int site) {
        boolean[] sites = quiet;
        return site < sites.length && sites[site];
    }

    /** Lets a site be quiet, or takes that back. A thread hears of it as of any volatile write. */
    public static synchronized void setQuiet(int site, boolean silent) {
        boolean[] before = quiet;
        if (silent == isQuiet(site)) {
            return;
        }
        boolean[] after = Arrays.copyOf(before, Math.max(before.length, site + 1));
        after[site] = silent;
        quiet = after;
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

    /** @param follower told of the platform's MBean server whenever somebody is given it; null for nobody */
    public static void followManagement(Consumer<Object> follower) {
        management = follower;
    }

    /** Somebody is about to be given the platform's MBean server. No gate is asked, so that a broken one can be looked at. */
    public static void managed(Object server) {
        Consumer<Object> follower = management;
        if (follower == null || server == null) {
            return;
        }
        try {
            follower.accept(server);
        } catch (Throwable failure) {
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
