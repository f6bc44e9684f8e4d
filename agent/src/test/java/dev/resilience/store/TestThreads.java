package dev.resilience.store;

import java.util.concurrent.ThreadFactory;

/** What the agent's own threads are to production code. */
final class TestThreads {

    private TestThreads() {}

    static ThreadFactory daemons() {
        return work -> {
            Thread thread = new Thread(work, "resilience-test");
            thread.setDaemon(true);
            return thread;
        };
    }
}
