package dev.resilience.store;

import dev.resilience.log.AgentLog;
import io.netty.util.Timeout;
import io.netty.util.Timer;
import io.netty.util.TimerTask;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Time limits of commands, nearly all of which are answered long before. Netty's own timer has a thread that wakes up ten times a
 * second for as long as it lives; this one borrows an event loop, looks when the next limit may be over, and not at all while none
 * is set. Thread-safe; nothing waits.
 *
 * <p>Where processors are short, as at the start of an application, an answer may have come in time and wait for the thread that
 * reads it: no command is given up before these threads had a turn, unless one of them is stuck.
 */
final class CommandTimer implements Timer {

    /** A reader that has no turn for so long will have none. */
    private static final long STUCK_MILLIS = 1_000;

    private final ScheduledExecutorService loop;
    private final LongSupplier nanoTime;
    private final List<ScheduledExecutorService> readers;
    private final Queue<Limit> limits = new ConcurrentLinkedQueue<>();

    /** When it looks next; null while nothing is set. */
    private volatile @Nullable Look next;

    private volatile boolean stopped;

    /**
     * @param nanoTime the loop's clock: monotonic, nanoseconds
     * @param readers the threads that read answers, each of which reads what has come before it does what is scheduled
     */
    CommandTimer(ScheduledExecutorService loop, LongSupplier nanoTime, List<ScheduledExecutorService> readers) {
        this.loop = loop;
        this.nanoTime = nanoTime;
        this.readers = readers;
    }

    @Override
    public Timeout newTimeout(TimerTask task, long delay, TimeUnit unit) {
        Limit limit = new Limit(task, nanoTime.getAsLong() + unit.toNanos(delay));
        if (!stopped) {
            limits.add(limit);
            plan(limit.endNanos);
        }
        return limit;
    }

    /** The tasks that were still to come never run. */
    @Override
    public Set<Timeout> stop() {
        stopped = true;
        limits.clear();
        return Set.of();
    }

    private void plan(long nanos) {
        Look planned = next;
        if (planned == null || nanos - planned.atNanos < 0) {
            planEarlier(nanos);
        }
    }

    private synchronized void planEarlier(long nanos) {
        Look planned = next;
        if (planned != null) {
            if (nanos - planned.atNanos >= 0) {
                return;
            }
            planned.call.cancel(false);
        }
        try {
            long delay = Math.max(0, nanos - nanoTime.getAsLong());
            next = new Look(nanos, loop.schedule(this::look, delay, TimeUnit.NANOSECONDS));
        } catch (RejectedExecutionException closing) {
            next = null;
        }
    }

    private void look() {
        synchronized (this) {
            // Before the limits are gone through: one that is set meanwhile plans the next look itself.
            next = null;
        }
        long now = nanoTime.getAsLong();
        Limit soonest = null;
        List<Limit> over = new ArrayList<>();
        for (Iterator<Limit> all = limits.iterator(); all.hasNext(); ) {
            Limit limit = all.next();
            if (!limit.isPending()) {
                all.remove();
            } else if (limit.endNanos - now <= 0) {
                all.remove();
                over.add(limit);
            } else if (soonest == null || limit.endNanos - soonest.endNanos < 0) {
                soonest = limit;
            }
        }
        if (soonest != null) {
            plan(soonest.endNanos);
        }
        if (!over.isEmpty()) {
            expireUnread(over);
        }
    }

    private void expireUnread(List<Limit> over) {
        AtomicInteger behind = new AtomicInteger(readers.size());
        try {
            for (ScheduledExecutorService reader : readers) {
                // What a reader is given from outside it may do before it reads; what it schedules itself it does
                // after.
                reader.execute(() -> reader.schedule(
                        () -> {
                            if (behind.decrementAndGet() == 0) {
                                expire(over);
                            }
                        },
                        1,
                        TimeUnit.MILLISECONDS));
            }
            loop.schedule(() -> expire(over), readers.isEmpty() ? 0 : STUCK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RuntimeException | OutOfMemoryError unable) {
            expire(over);
        }
    }

    private void expire(List<Limit> over) {
        if (!stopped) {
            over.forEach(Limit::expire);
        }
    }

    private record Look(long atNanos, Future<?> call) {}

    /** Lets go of its task as soon as that is called off: what was answered must not be kept until the next look. */
    private final class Limit implements Timeout {

        private final AtomicReference<@Nullable TimerTask> task;
        private final long endNanos;
        private volatile boolean expired;

        Limit(TimerTask task, long endNanos) {
            this.task = new AtomicReference<>(task);
            this.endNanos = endNanos;
        }

        boolean isPending() {
            return task.get() != null;
        }

        void expire() {
            TimerTask due = task.get();
            if (due == null || !task.compareAndSet(due, null)) {
                return;
            }
            expired = true;
            try {
                due.run(this);
            } catch (Exception failure) {
                AgentLog.warn("command timer", "a command that was not answered could not be given up", failure);
            }
        }

        @Override
        public Timer timer() {
            return CommandTimer.this;
        }

        @Override
        public @Nullable TimerTask task() {
            return task.get();
        }

        @Override
        public boolean isExpired() {
            return expired;
        }

        @Override
        public boolean isCancelled() {
            return !expired && task.get() == null;
        }

        @Override
        public boolean cancel() {
            return task.getAndSet(null) != null;
        }
    }
}
