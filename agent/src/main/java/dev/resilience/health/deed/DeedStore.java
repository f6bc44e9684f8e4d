package dev.resilience.health.deed;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Keeps the fleet's deeds, and tells of each as it comes. Thread-safe; no method waits. */
public interface DeedStore {

    Duration KEPT = Duration.ofHours(24);

    /** Kept at most; the oldest go first. */
    int MOST = 1_000;

    /**
     * @param text of one deed, the same whoever tells it: what is kept already is not kept twice
     * @param ageMillis how long ago it was done
     */
    record Entry(String text, long ageMillis) {}

    /** Completes exceptionally when the store does not answer; adding again does no harm. */
    CompletionStage<?> add(List<Entry> deeds);

    /** Oldest first. Completes exceptionally when the store does not answer. */
    CompletionStage<List<Entry>> read();

    /**
     * @param heard told of every deed that is added from now on, also of this instance's own; must not wait
     * @param answers told whenever the store begins to answer; must not wait
     */
    void listen(Consumer<Entry> heard, Runnable answers);
}
