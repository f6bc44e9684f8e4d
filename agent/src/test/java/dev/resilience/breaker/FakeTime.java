package dev.resilience.breaker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A monotonic clock and a scheduler that stand still until told to move on. Runs its tasks on the thread that does. */
public final class FakeTime extends AbstractExecutorService implements ScheduledExecutorService, LongSupplier {

    /** Far from zero and not at a round millisecond, as the JVM's own clock is. */
    private long nanos = -5_000_000_123_456L;

    private long serial;
    private long tasksRun;
    private final PriorityQueue<Task<?>> tasks = new PriorityQueue<>(
            Comparator.<Task<?>>comparingLong(t -> t.dueNanos).thenComparingLong(t -> t.serial));

    @Override
    public long getAsLong() {
        return nanos;
    }

    /** A wall clock that goes along. */
    public long unixMillis() {
        return 1_700_000_000_000L + Math.floorDiv(nanos + 5_000_000_123_456L, 1_000_000L);
    }

    public void forward(Duration by) {
        long target = nanos + by.toNanos();
        for (Task<?> next = tasks.peek(); next != null && next.dueNanos <= target; next = tasks.peek()) {
            tasks.poll();
            nanos = Math.max(nanos, next.dueNanos);
            next.run();
            tasksRun += next.isCancelled() ? 0 : 1;
        }
        nanos = target;
    }

    /** Runs what is due now. */
    public void settle() {
        forward(Duration.ZERO);
    }

    /** So many so far, those that were called off left out. */
    public long tasksRun() {
        return tasksRun;
    }

    public int waiting() {
        return tasks.size();
    }

    @Override
    public void execute(Runnable command) {
        schedule(command, 0, TimeUnit.NANOSECONDS);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        return add(new Task<>(
                () -> {
                    command.run();
                    return null;
                },
                delay,
                unit));
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        return add(new Task<>(callable, delay, unit));
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long delay, long period, TimeUnit unit) {
        return scheduleWithFixedDelay(command, delay, period, unit);
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long delay, long period, TimeUnit unit) {
        return schedule(
                () -> {
                    command.run();
                    scheduleWithFixedDelay(command, period, period, unit);
                },
                delay,
                unit);
    }

    @Override
    public void shutdown() {
        tasks.clear();
    }

    @Override
    public List<Runnable> shutdownNow() {
        tasks.clear();
        return new ArrayList<>();
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return true;
    }

    private <V> Task<V> add(Task<V> task) {
        tasks.add(task);
        return task;
    }

    private final class Task<V> extends FutureTask<V> implements ScheduledFuture<V> {

        private final long dueNanos;
        private final long serial = FakeTime.this.serial++;

        Task(Callable<V> callable, long delay, TimeUnit unit) {
            super(callable);
            this.dueNanos = nanos + unit.toNanos(delay);
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(dueNanos - nanos, TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            tasks.remove(this);
            return super.cancel(mayInterrupt);
        }
    }
}
