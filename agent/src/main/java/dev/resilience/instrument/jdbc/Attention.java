package dev.resilience.instrument.jdbc;

import dev.resilience.instrument.Wake;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether it is worth hearing of the making of statements. It is not in an application whose rules name none of its
 * databases, and then costs nothing: after some statements on such databases alone nobody is asked any more. That is over
 * for good with the first connection that may lead to another database, wherever it is from, with one that was not seen when
 * it was made, and with new rules. Thread-safe.
 */
final class Attention {

    /** So many statements tell that connections are seen where they come from. */
    private static final int ENOUGH = 1_000;

    private final Wake wake = Wake.awake();
    private final AtomicInteger idle = new AtomicInteger();
    private volatile boolean needed;

    Wake wake() {
        return wake;
    }

    /** A statement was made on a database that no rule names. */
    void idle() {
        if (!needed && idle.incrementAndGet() == ENOUGH) {
            wake.down();
            // It may have been needed in between.
            if (needed) {
                wake.up();
            }
        }
    }

    /** From now on, for good. */
    void needed() {
        if (!needed) {
            needed = true;
            wake.up();
        }
    }
}
