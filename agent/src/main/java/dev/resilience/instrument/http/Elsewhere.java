package dev.resilience.instrument.http;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;

/**
 * Where a call goes on that can go on neither on a thread of the agent's, because the application's own code follows and may
 * block it, nor inside the method that the application called: on the client's own threads where it has a place for that, else
 * where {@code CompletableFuture} runs what is asynchronous, or on a thread of its own while the application keeps that pool
 * busy. Threads that are made on the way get the context class loader of whoever made the call, never the agent's.
 * Made on the thread that makes the call; thread-safe.
 */
public final class Elsewhere implements Executor {

    private static final Executor POOL = new CompletableFuture<Void>().defaultExecutor();

    private final @Nullable ClassLoader callers = Thread.currentThread().getContextClassLoader();
    private final @Nullable Executor clients;

    public Elsewhere() {
        this(null);
    }

    /** @param clients where the client itself would go on; null when it has no such place */
    public Elsewhere(@Nullable Executor clients) {
        this.clients = clients;
    }

    /** Whether the client has a place of its own. */
    boolean isClients() {
        return clients != null;
    }

    @Override
    public void execute(Runnable task) {
        if (clients == null) {
            somewhere(() -> lend(task));
        } else {
            // A pool may make its threads on the thread that asks, which hands its own loader down.
            lend(() -> offer(clients, task));
        }
    }

    /**
     * A client that is closed takes nothing any more: its callers must hear of that all the same. An executor that runs things
     * at once would run them here.
     */
    private void offer(Executor executor, Runnable task) {
        Thread asking = Thread.currentThread();
        boolean[] inside = {true};
        try {
            executor.execute(() -> {
                if (Thread.currentThread() == asking && inside[0]) {
                    somewhere(() -> lend(task));
                } else {
                    task.run();
                }
            });
        } catch (RuntimeException refused) {
            somewhere(() -> lend(task));
        }
        inside[0] = false;
    }

    private static void somewhere(Runnable task) {
        ForkJoinPool common = ForkJoinPool.commonPool();
        if (POOL == common && common.getActiveThreadCount() < common.getParallelism()) {
            common.execute(task);
        } else {
            Thread thread = new Thread(null, task, "call-goes-on", 0, false);
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Runs it with the context class loader of whoever made the call. */
    public void lend(Runnable task) {
        Thread thread = Thread.currentThread();
        ClassLoader before;
        try {
            before = thread.getContextClassLoader();
            if (before != callers) {
                thread.setContextClassLoader(callers);
            }
        } catch (SecurityException innocuous) {
            task.run();
            return;
        }
        try {
            task.run();
        } finally {
            if (before != callers) {
                thread.setContextClassLoader(before);
            }
        }
    }
}
