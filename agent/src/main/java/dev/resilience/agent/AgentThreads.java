package dev.resilience.agent;

import dev.resilience.guard.ThreadMarks;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes the agent's threads: daemons named {@code resilience-*}, whose context class loader is the agent's own, because the
 * application's would be kept from being unloaded. What they call is the agent's own work and never guarded.
 */
final class AgentThreads implements ThreadFactory {

    private final String name;
    private final AtomicInteger made = new AtomicInteger();

    /** @param name what follows {@code resilience-}; the second and later threads get a number */
    AgentThreads(String name) {
        this.name = "resilience-" + name;
    }

    @Override
    public Thread newThread(Runnable work) {
        int number = made.incrementAndGet();
        Thread thread = new Thread(null, ownWork(work), number == 1 ? name : name + "-" + number, 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(AgentThreads.class.getClassLoader());
        return thread;
    }

    /** Marks all that {@code work} does as the agent's own, so that it is never guarded. */
    static Runnable ownWork(Runnable work) {
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
