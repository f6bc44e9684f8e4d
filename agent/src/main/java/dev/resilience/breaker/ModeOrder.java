package dev.resilience.breaker;

import dev.resilience.config.Mode;
import org.jspecify.annotations.Nullable;

/**
 * A mode that somebody set at run time for a service, for the whole fleet. It outranks the file's until it ends or is given
 * back. The order with the higher version wins, so that one that was given back does not return with an instance that had
 * not heard of it.
 *
 * @param mode null when the file's mode holds: nothing was ordered, it ended, or it was given back
 * @param version 0 when nothing was ever ordered
 * @param remainingMillis until it ends, {@link #ENDLESS} for never
 */
public record ModeOrder(@Nullable Mode mode, String reason, String who, long version, long remainingMillis) {

    public static final long ENDLESS = -1;

    public static final ModeOrder NONE = new ModeOrder(null, "", "", 0, 0);

    /** For people. */
    String words() {
        return reason.isEmpty() ? "by " + who : "by " + who + ": " + reason;
    }
}
