package dev.resilience.fallback;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Keeps encoded answers for a time. Thread-safe; never waits; completes normally always, with nothing where the store does
 * not answer.
 */
public interface AnswerStore {

    /** Keys of all answers to one address, or to one statement, begin alike for so many characters. */
    int SUBJECT = 16;

    /**
     * @param ageMillis how old it is, measured by the store's own clock
     */
    record Stored(byte[] bytes, long ageMillis) {}

    /**
     * @param key holds no secret: credentials enter it only as a keyed hash. Who asks for the same key while it is being
     *     looked for waits for the same answer.
     */
    CompletionStage<@Nullable Stored> get(String service, String endpoint, String key);

    void put(String service, String endpoint, String key, byte[] bytes, Duration ttl);

    /** Loads what the first {@link #put} needs, which may read files: answers come on event loops. */
    default void prepare() {}

    /**
     * What was kept is outdated: it is given here no more, and soon nowhere in the fleet.
     *
     * @param key or its first {@link #SUBJECT} characters, for all that begin with them
     */
    void forget(String service, String endpoint, String key);

    /**
     * Removes what is kept, for the whole fleet.
     *
     * @param service null for all; likewise {@code endpoint}
     * @param prefix of keys; null for all
     * @return completes with the number of answers removed
     */
    CompletionStage<Long> clear(@Nullable String service, @Nullable String endpoint, @Nullable String prefix);
}
