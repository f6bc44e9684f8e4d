package dev.resilience.instrument.http;

import java.util.UUID;

/** Text that stands for something nobody can read, such as a client's password: the same for the same object only. */
public final class StandIn {

    /** Makes it differ between JVMs. */
    private static final String THIS_JVM = UUID.randomUUID().toString();

    private StandIn() {}

    public static String of(Object holder) {
        return "held by " + THIS_JVM + " " + System.identityHashCode(holder);
    }
}
