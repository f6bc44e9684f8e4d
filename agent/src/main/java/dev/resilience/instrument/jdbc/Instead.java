package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import org.jspecify.annotations.Nullable;

/** What the application is given in place of what the driver would make. */
final class Instead extends Passage {

    Instead(@Nullable Object given) {
        skipped = true;
        result = given;
    }

    @Override
    protected void exit(@Nullable Object given, @Nullable Throwable failure) {
        // Always skipped.
    }
}
