package dev.resilience.agent;

import java.util.function.LongSupplier;

/** The JVM's clocks. No lambdas: the first one of a JVM costs its start some 20 ms. */
final class Clocks {

    /** Monotonic, nanoseconds. */
    static final LongSupplier NANOS = new LongSupplier() {
        @Override
        public long getAsLong() {
            return System.nanoTime();
        }
    };

    /** Unix milliseconds, only for people to read. */
    static final LongSupplier UNIX_MILLIS = new LongSupplier() {
        @Override
        public long getAsLong() {
            return System.currentTimeMillis();
        }
    };

    private Clocks() {}
}
