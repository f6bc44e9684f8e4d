package dev.resilience.breaker;

import org.jspecify.annotations.Nullable;

/** The shared store does not answer. Whoever holds the way to it has said so; nobody else needs to. */
public final class StoreAway extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    public StoreAway(String message) {
        super(message);
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
