package dev.resilience.instrument.http;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Text that stands for something nobody can read, such as a client's password: the same for the same object only. Thread-safe. */
public final class StandIn {

    /** Makes it differ between JVMs. Not made with the class: where that failed once, it would fail for good. */
    private static volatile @Nullable String thisJvm;

    private StandIn() {}

    /** Makes it ready, so that the first call, which may be on an event loop, reads nothing random from the system. */
    public static void prepare() {
        thisJvm();
    }

    public static String of(Object holder) {
        return "held by " + thisJvm() + " " + System.identityHashCode(holder);
    }

    private static String thisJvm() {
        String known = thisJvm;
        return known == null ? made() : known;
    }

    private static synchronized String made() {
        String made = thisJvm;
        if (made == null) {
            made = UUID.randomUUID().toString();
            thisJvm = made;
        }
        return made;
    }
}
