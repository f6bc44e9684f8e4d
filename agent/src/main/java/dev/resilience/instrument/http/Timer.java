package dev.resilience.instrument.http;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.guard.AgentThreads;
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

    private static final class Clock {

        static final ScheduledThreadPoolExecutor THREAD = new ScheduledThreadPoolExecutor(1, new AgentThreads("timer"));

        static {
            THREAD.setRemoveOnCancelPolicy(true);
        }
    }
}
