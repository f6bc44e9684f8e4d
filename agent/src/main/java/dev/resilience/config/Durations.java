package dev.resilience.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Durations as the file writes them: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 2h}, {@code 1d}, or seconds. */
public final class Durations {

    private Durations() {}

    /** Null when it is none, or not from a millisecond to a year. */
    public static @Nullable Duration parse(String text) {
        return Scalars.duration(text.trim());
    }
}
