package dev.resilience.health.roster;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** Keeps what instances last told of themselves. Thread-safe; no method waits. */
public interface RosterStore {

    /** An instance that was silent for longer is forgotten. */
    Duration KEPT = Duration.ofHours(1);

    /** Instances beyond so many are not listed. */
    int MOST = 1_000;

    /**
     * What an instance told, and when.
     *
     * @param silentMillis since it was told, by the store's own clock
     */
    record Told(String text, long silentMillis) {}

    /**
     * @param first whether this is the first word of this instance; the moment to forget those long gone
     * @return what was told last under that name, by whomever; empty for nothing
     */
    CompletionStage<String> tell(String instance, String text, boolean first);

    /** By instance. What is read may have been written by anybody. */
    CompletionStage<Map<String, Told>> all();
}
