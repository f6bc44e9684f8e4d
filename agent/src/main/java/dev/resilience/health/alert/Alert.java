package dev.resilience.health.alert;

import org.jspecify.annotations.Nullable;

/**
 * A finding that was told. Immutable.
 *
 * @param finding as last seen
 * @param sinceMillis when it was raised, Unix milliseconds
 * @param resolvedMillis when it was over; null while it lasts
 */
public record Alert(
        Finding finding, long sinceMillis, @Nullable Long resolvedMillis) {

    public boolean firing() {
        return resolvedMillis == null;
    }
}
