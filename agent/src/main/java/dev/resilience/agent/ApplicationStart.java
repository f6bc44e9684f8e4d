package dev.resilience.agent;

/**
 * Waits until the application's {@code main} runs, so that what the agent starts behind it cannot be first to touch what an
 * application configures: its log manager above all.
 */
final class ApplicationStart {

    /** Between two looks, milliseconds. */
    private static final long PAUSE_MILLIS = 5;

    /** An application whose main thread cannot be made out by then is taken for started. */
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private ApplicationStart() {}

    /**
     * Returns when {@code main} has left the JVM's own start-up code, or has ended.
     *
     * @param main the thread that called the agent's {@code premain}
     */
    static void await(Thread main) throws InterruptedException {
        long begin = System.nanoTime();
        while (main.isAlive() && starting(main) && System.nanoTime() - begin < PATIENCE_NANOS) {
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    private static boolean starting(Thread main) {
        StackTraceElement[] stack = main.getStackTrace();
        if (stack.length == 0) {
            return true;
        }
        String outermost = stack[stack.length - 1].getClassName();
        return outermost.startsWith("sun.instrument.")
                || outermost.startsWith("sun.launcher.")
                || outermost.startsWith("java.lang.")
                || outermost.startsWith("jdk.internal.");
    }
}
