package dev.resilience.instrument.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** The bodies that calls wait for: looked at a few times a second while there are any, so that none waits for ever. Thread-safe. */
final class OpenBodies {

    private static final long LOOK_MILLIS = 50;

    /** A body that nobody has begun to read by this many looks settles nothing any more. */
    static final int UNREAD_LOOKS = 3;

    /** One that somebody began to read, and that nobody was seen reading for so many looks, neither. */
    static final int IDLE_LOOKS = 20;

    /** One that has not ended by this many looks, half a minute, neither. */
    static final int LONGEST_LOOKS = 600;

    private static final Set<Body> OPEN = ConcurrentHashMap.newKeySet();
    private static final AtomicBoolean WATCHED = new AtomicBoolean();

    private OpenBodies() {}

    static void add(Body body) {
        OPEN.add(body);
        watch();
    }

    static void remove(Body body) {
        OPEN.remove(body);
    }

    private static void watch() {
        if (!WATCHED.get() && WATCHED.compareAndSet(false, true)) {
            Timer.in(LOOK_MILLIS, OpenBodies::look);
        }
    }

    private static void look() {
        try {
            OPEN.removeIf(Body::looked);
        } finally {
            WATCHED.set(false);
            if (!OPEN.isEmpty()) {
                watch();
            }
        }
    }
}
