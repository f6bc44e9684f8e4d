package dev.resilience.health;

import org.jspecify.annotations.Nullable;

/**
 * A probe as this instance knows it.
 *
 * @param held whether this instance is the one of the fleet that probes; when not, another does
 * @param last answer, this instance's where it probes, else the fleet's; null where none is known
 * @param runs probes made by this instance
 * @param failures of them, those that found the service down
 */
public record ProbeView(
        String service,
        String kind,
        String target,
        long intervalMillis,
        long timeoutMillis,
        boolean held,
        @Nullable ProbeResult last,
        long runs,
        long failures) {}
