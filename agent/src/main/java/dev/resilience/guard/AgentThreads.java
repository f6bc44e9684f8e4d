package dev.resilience.guard;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes the agent's threads: daemons named {@code resilience-*}, whose context class loader is the agent's own and whose access
 * rights are the agent's alone, because the application's, on whose thread they may be made, would be kept from being
 * unloaded. What they call is the agent's own work and never guarded. Thread-safe.
 */
public final class AgentThreads implements ThreadFactory {

    private final String name;
    private final AtomicInteger made = new AtomicInteger();

    /** @param name what follows {@code resilience-}; the second and later threads get a number */
    public AgentThreads(String name) {
        this.name = "resilience-" + name;
    }

    @Override
    public Thread newThread(Runnable work) {
        int number = made.incrementAndGet();
        return withoutCallersRights(ownWork(work), number == 1 ? name : name + "-" + number);
    }

    /**
     * Does one thing after the other, on a thread that is there only while there is something to do.
     *
     * @param idleSeconds for which the thread waits for more
     * @param mostWaiting more is refused
     */
    public static ThreadPoolExecutor one(ThreadFactory threads, long idleSeconds, int mostWaiting) {
        ThreadPoolExecutor one = new ThreadPoolExecutor(
                1, 1, idleSeconds, TimeUnit.SECONDS, new LinkedBlockingQueue<>(mostWaiting), threads);
        one.allowCoreThreadTimeOut(true);
        return one;
    }

    /** A thread keeps the rights of all that are on the stack when it is made, and with them their class loaders. */
    @SuppressWarnings("removal")
    private static Thread withoutCallersRights(Runnable work, String name) {
        return AccessController.doPrivileged(new PrivilegedAction<Thread>() {
            @Override
            public Thread run() {
                Thread thread = new Thread(null, work, name, 0, false);
                thread.setDaemon(true);
                thread.setContextClassLoader(AgentThreads.class.getClassLoader());
                return thread;
            }
        });
    }

    /** Marks all that {@code work} does as the agent's own, so that it is never guarded. */
    public static Runnable ownWork(Runnable work) {
        return new Runnable() {
            @Override
            public void run() {
                ThreadMarks.enter();
                try {
                    work.run();
                } finally {
                    ThreadMarks.exit();
                }
            }
        };
    }
}
