package dev.resilience.testapps.demo;

import java.util.ArrayDeque;
import java.util.Deque;

/** Everything that must be ended, in reverse order of its start; also on Ctrl-C. Thread-safe. */
final class Closing implements AutoCloseable {

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private boolean closed;

    /** Remembers a thing to be ended. One that comes too late is ended on the spot. */
    synchronized <T extends AutoCloseable> T add(T thing) {
        open.push(thing);
        if (closed) {
            close();
            throw new IllegalStateException("the demo was stopped");
        }
        return thing;
    }

    /** Ends one thing early. */
    synchronized void end(AutoCloseable thing) {
        if (open.remove(thing)) {
            quietly(thing);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        while (!open.isEmpty()) {
            quietly(open.pop());
        }
    }

    @SuppressWarnings("CatchingUnchecked")
    private static void quietly(AutoCloseable thing) {
        try {
            thing.close();
        } catch (Exception failure) {
            System.err.println("could not end " + thing + ": " + failure);
        }
    }
}
