package dev.resilience.breaker;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One circuit's appointments with the scheduler: of the alarm there is one at a time. Guarded by the circuit's lock. */
final class Alarm {

    private final ScheduledExecutorService scheduler;
    private @Nullable Future<?> set;

    Alarm(ScheduledExecutorService scheduler) {
        this.scheduler = scheduler;
    }

    /** Sets the alarm, in place of the one that was set. */
    void set(Runnable task, long delayMillis) {
        cancel();
        set = later(task, delayMillis);
    }

    void cancel() {
        if (set != null) {
            set.cancel(false);
            set = null;
        }
    }

    /** Runs a task beside the alarm. Needs no lock. */
    @Nullable
    Future<?> later(Runnable task, long delayMillis) {
        try {
            return scheduler.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
        } catch (RuntimeException closing) {
            // The scheduler is shut down: the agent is going away.
            return null;
        }
    }
}
