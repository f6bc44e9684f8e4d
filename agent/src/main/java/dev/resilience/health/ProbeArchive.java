package dev.resilience.health;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Keeps what probes found: each answer for 24 hours, in buckets of a minute, and sums by the hour for five weeks. Thread-safe;
 * no method waits; stages fail when the store does not answer.
 */
public interface ProbeArchive {

    /** How far back minutes go. */
    Duration KEPT = Duration.ofHours(24);

    /** How far back hours go. */
    Duration HOURS_KEPT = Duration.ofDays(35);

    /** Answers of a minute that are kept one by one; the rest are counted. */
    int MOST_PER_MINUTE = 30;

    /**
     * A minute in which there was a probe.
     *
     * @param startMillis Unix milliseconds, on the clock of whoever keeps it
     * @param upMillis response times of the good answers, summed
     * @param entries oldest first; fewer than there were when there were many
     */
    record Minute(long startMillis, long up, long down, long upMillis, List<ProbeHistory.Entry> entries) {}

    /** @param startMillis as of a minute */
    record Hour(long startMillis, long up, long down, long upMillis) {}

    /**
     * @param nowMillis the moment of reading, on the clock of the minutes
     * @param minutes oldest first
     */
    record Minutes(long nowMillis, List<Minute> minutes) {}

    /**
     * Adds an answer; one that was made under an older lease than the last of its hour, and not before that, is refused.
     *
     * @param ageMillis how long ago the probe began
     */
    CompletionStage<?> add(String service, long fencing, long ageMillis, boolean up, long responseMillis);

    /** From {@code window} ago, rounded down to the minute, until now. */
    CompletionStage<Minutes> minutes(String service, Duration window);

    /** Oldest first, the present one included. */
    CompletionStage<List<Hour>> hours(String service);
}
