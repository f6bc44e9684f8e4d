package dev.resilience.metrics;

import dev.resilience.breaker.State;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Keeps every change of state for 24 hours, each once, whoever tells of it. Thread-safe; no method waits. */
public interface TransitionJournal {

    /** How far back answers go. */
    Duration KEPT = Duration.ofHours(24);

    /** Entries kept per service at most; the oldest go first. */
    int MOST_ENTRIES = 1_000;

    /**
     * @param epoch that of the state entered; what makes two tales of one change one
     * @param reason in words, for people
     * @param ageMillis how long ago
     */
    record Entry(State from, State to, long epoch, String reason, long ageMillis) {}

    /** Adds what is not there yet. Completes exceptionally when the store does not answer; adding again does no harm. */
    CompletionStage<?> add(String service, List<Entry> entries);

    /** Oldest first. */
    CompletionStage<List<Entry>> read(String service);
}
