package dev.resilience.store;

import dev.resilience.breaker.StoreAway;
import dev.resilience.guard.AgentThreads;
import dev.resilience.log.AgentLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Work on a journal of this JVM's below a directory, which is made with the first of it. Thread-safe: all is done by one
 * thread, in the order in which it was asked for; the thread ends when idle. What comes meanwhile is made durable together,
 * by one write to the disk (the group commit of databases).
 */
final class JournalWork implements AutoCloseable {

    private static final long IDLE_SECONDS = 10;

    private static final String ENDS = "calls are kept no longer: the agent stops";

    private final Path directory;
    private final Opened opened;
    private final Runnable lost;
    private final ExecutorService thread;
    private final ConcurrentLinkedQueue<Asked<?>> waiting = new ConcurrentLinkedQueue<>();

    /** Written by the thread. */
    private volatile @Nullable Journal journal;

    private volatile boolean closing;

    /** Known to the thread alone. */
    private boolean ended;

    @FunctionalInterface
    interface Step<T extends @Nullable Object> {
        T run(Journal journal) throws IOException;
    }

    /** What is done with a journal before anything else. */
    @FunctionalInterface
    interface Opened {
        void with(Journal journal) throws IOException;
    }

    /** A step, and who waits for it. @param durably whether it must outlive the machine, not only this JVM */
    private record Asked<T extends @Nullable Object>(Step<T> step, CompletableFuture<T> done, boolean durably) {}

    private record Stepped<T extends @Nullable Object>(Asked<T> asked, T result) {

        void tell() {
            asked.done().complete(result);
        }
    }

    /** @param lost run when what is in memory may not be what is on the disk: the next step begins with another journal */
    JournalWork(Path directory, ThreadFactory threads, Opened opened, Runnable lost) {
        this.directory = directory;
        this.opened = opened;
        this.lost = lost;
        this.thread = AgentThreads.one(threads, IDLE_SECONDS, Integer.MAX_VALUE);
    }

    /** Whether nothing was ever kept here: then nothing is made to look for it. */
    boolean isUnused() {
        return journal == null && !Files.isDirectory(directory);
    }

    /** Completes when what the step wrote outlives the machine. */
    <T extends @Nullable Object> CompletableFuture<T> durably(Step<T> step) {
        return ask(new Asked<>(step, new CompletableFuture<>(), true));
    }

    /** What is lost with the machine, but not with this JVM: the fleet, or another look, tells it again. */
    <T extends @Nullable Object> CompletableFuture<T> soon(Step<T> step) {
        return ask(new Asked<>(step, new CompletableFuture<>(), false));
    }

    private <T extends @Nullable Object> CompletableFuture<T> ask(Asked<T> asked) {
        if (closing) {
            return StoreAway.future(ENDS);
        }
        waiting.add(asked);
        try {
            thread.execute(this::workAll);
        } catch (RuntimeException | Error noThread) {
            // Unless somebody else's turn came to it: then it is done, and its caller is told so.
            if (waiting.remove(asked)) {
                return closing ? StoreAway.future(ENDS) : CompletableFuture.failedFuture(noThread);
            }
        }
        return asked.done();
    }

    /** Completes what was asked before; what is kept stays on disk. */
    @Override
    public void close() {
        closing = true;
        try {
            thread.execute(this::end);
        } catch (RuntimeException | Error noThread) {
            // The system closes it with the process.
        }
        thread.shutdown();
        try {
            thread.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void end() {
        workAll();
        ended = true;
        Journal own = journal;
        journal = null;
        if (own != null) {
            close(own);
        }
    }

    /** Does all that waits; whoever comes first does it for the rest. */
    private void workAll() {
        List<Stepped<?>> stepped = new ArrayList<>();
        Asked<?> asked = waiting.poll();
        if (asked == null) {
            return;
        }
        if (ended) {
            for (; asked != null; asked = waiting.poll()) {
                asked.done().completeExceptionally(StoreAway.of(ENDS));
            }
            return;
        }
        boolean durably = false;
        try {
            Journal own = journal();
            while (asked != null) {
                durably |= asked.durably();
                stepped.add(step(own, asked));
                asked = waiting.poll();
            }
            if (durably) {
                own.force();
            } else {
                own.tidy();
            }
        } catch (IOException | RuntimeException | Error failure) {
            AgentLog.warn("queue-files", "calls cannot be kept in " + directory, failure);
            if (asked != null) {
                asked.done().completeExceptionally(failure);
            }
            // None of it is known to be durable.
            stepped.forEach(one -> one.asked().done().completeExceptionally(failure));
            startAnew();
            return;
        }
        stepped.forEach(Stepped::tell);
    }

    private static <T extends @Nullable Object> Stepped<T> step(Journal own, Asked<T> asked) throws IOException {
        return new Stepped<>(asked, asked.step().run(own));
    }

    private Journal journal() throws IOException {
        Journal own = journal;
        if (own == null) {
            OwnerOnly.directory(directory);
            own = Journal.open(directory.resolve(UUID.randomUUID() + Journal.SUFFIX));
            if (own == null) {
                throw new IOException("a new journal is locked");
            }
            journal = own;
            opened.with(own);
        }
        return own;
    }

    private void startAnew() {
        Journal damaged = journal;
        journal = null;
        lost.run();
        if (damaged != null) {
            close(damaged);
        }
    }

    private static void close(Journal journal) {
        try {
            if (journal.size() == 0) {
                journal.delete();
            } else {
                journal.close();
            }
        } catch (IOException gone) {
            AgentLog.warn("queue-files", "a journal could not be closed", gone);
        }
    }
}
