package dev.resilience.breaker;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The shared store does not answer. Whoever holds the way to it has said so; nobody else needs to. */
public final class StoreAway extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private StoreAway(String message) {
        super(message);
    }

    /** What was asked of it has failed. Made here alone, so that no start loads this class. */
    public static <T> CompletableFuture<T> future(String message) {
        return CompletableFuture.failedFuture(of(message));
    }

    /** As {@link #future(String)}, for whoever waits already. A mere throwable to its caller, for the same reason. */
    public static Throwable of(String message) {
        return new StoreAway(message);
    }

    /** Whether a failure is, at its root, nothing but this. */
    public static boolean isRootOf(@Nullable Throwable failure) {
        Throwable at = failure;
        for (int depth = 0; at != null && depth < 10; depth++) {
            if (at instanceof StoreAway) {
                return true;
            }
            at = at.getCause();
        }
        return false;
    }
}
