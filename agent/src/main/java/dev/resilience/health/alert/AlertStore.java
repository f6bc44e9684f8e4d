package dev.resilience.health.alert;

import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Where the fleet's book of alerts lies. Thread-safe; no method waits; stages fail when the store does not answer. */
public interface AlertStore {

    /** @param ageMillis how long ago it was saved */
    record Saved(String book, long ageMillis) {}

    /** The last book; an empty one, of age 0, when there is none. */
    CompletionStage<Saved> load();

    /**
     * Replaces the book.
     *
     * @param fencing of the lease that it was written under; refused when a later holder has written
     * @param news told to every instance that listens, this one too; empty for none
     * @return whether it was taken
     */
    CompletionStage<Boolean> save(long fencing, String book, String news);

    /** Hears the news of every {@link #save}. @param heard called on a thread of the store's; must not wait */
    void listen(Consumer<String> heard);
}
