package dev.resilience.guard;

/**
 * Marks a thread while it is inside the agent's own work or inside a guarded call, so that nested layers count once and the
 * agent's own I/O is never guarded. Every {@link #enter()} is undone by {@link #exit()} on the same thread, on every path.
 */
public final class ThreadMarks {

    private static final ThreadLocal<int[]> DEPTH = ThreadLocal.withInitial(() -> new int[1]);

    private ThreadMarks() {}

    /** Whether calls made by this thread at this moment are none of the guard's business. */
    public static boolean active() {
        return DEPTH.get()[0] > 0;
    }

    public static void enter() {
        DEPTH.get()[0]++;
    }

    public static void exit() {
        DEPTH.get()[0]--;
    }
}
