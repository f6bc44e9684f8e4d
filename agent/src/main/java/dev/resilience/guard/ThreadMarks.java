package dev.resilience.guard;

/**
 * Marks a thread while it is inside the agent's own work or inside a guarded call, so that nested layers count once and the
 * agent's own I/O is never guarded. Every {@link #enter()} is undone by {@link #exit()} on the same thread, on every path.
 */
public final class ThreadMarks {

    private static final ThreadLocal<Depth> DEPTH = ThreadLocal.withInitial(Depth::new);

    private ThreadMarks() {}

    /** Whether calls made by this thread at this moment are none of the guard's business. */
    public static boolean active() {
        return DEPTH.get().active();
    }

    public static void enter() {
        DEPTH.get().enter();
    }

    public static void exit() {
        DEPTH.get().exit();
    }

    /** The current thread's marks, for those who ask often: a thread's stay the same. */
    public static Depth ofThread() {
        return DEPTH.get();
    }

    /** How deep a thread is inside. Used by that thread alone. */
    public static final class Depth {

        private int depth;

        private Depth() {}

        public boolean active() {
            return depth > 0;
        }

        public void enter() {
            depth++;
        }

        public void exit() {
            depth--;
        }
    }
}
