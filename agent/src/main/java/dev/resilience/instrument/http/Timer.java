package dev.resilience.instrument.http;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.guard.ThreadMarks;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs things later: one daemon thread, started when first needed. What it runs must not wait for anything; its failures are
 * counted. Thread-safe.
 */
public final class Timer {

    private Timer() {}

    public static Future<?> in(long millis, Runnable work) {
        return Clock.THREAD.schedule(
                () -> {
                    try {
                        work.run();
                    } catch (Throwable failure) {
                        Bridge.failed(failure);
                    }
                },
                millis,
                TimeUnit.MILLISECONDS);
    }

    /** A thread keeps the access rights of who makes it, and with them an application's class loader, unless they are shut out. */
    @SuppressWarnings("removal")
    private static Thread unencumbered(PrivilegedAction<Thread> making) {
        return AccessController.doPrivileged(making);
    }

    private static final class Clock {

        static final ScheduledThreadPoolExecutor THREAD = new ScheduledThreadPoolExecutor(1, work -> {
            Runnable unguarded = () -> {
                ThreadMarks.enter();
                work.run();
            };
            Thread thread = unencumbered(() -> new Thread(null, unguarded, "resilience-timer", 0, false));
            thread.setDaemon(true);
            thread.setContextClassLoader(Timer.class.getClassLoader());
            return thread;
        });

        static {
            THREAD.setRemoveOnCancelPolicy(true);
        }
    }
}
