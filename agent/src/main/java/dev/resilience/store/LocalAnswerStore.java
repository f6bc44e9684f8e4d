package dev.resilience.store;

import dev.resilience.fallback.AnswerStore;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Answers that live in this JVM. */
final class LocalAnswerStore implements AnswerStore {

    private final LongSupplier nanoTime;
    private final NearAnswers answers;

    /** @param nanoTime the monotonic clock, nanoseconds */
    LocalAnswerStore(long mostBytes, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.answers = new NearAnswers(mostBytes, nanoTime);
    }

    LocalAnswerStore() {
        this(NearAnswers.defaultBytes(), System::nanoTime);
    }

    @Override
    public CompletionStage<@Nullable Stored> get(String service, String endpoint, String key) {
        NearAnswers.Kept kept = answers.get(new NearAnswers.Key(service, endpoint, key));
        return CompletableFuture.completedFuture(
                kept == null ? null : new Stored(kept.bytes(), kept.ageMillis(nanoTime.getAsLong())));
    }

    @Override
    public void put(String service, String endpoint, String key, byte[] bytes, Duration ttl) {
        answers.put(new NearAnswers.Key(service, endpoint, key), bytes, 0, ttl, 0);
    }

    @Override
    public void prepare() {
        answers.prepare();
    }

    @Override
    public void forget(String service, String endpoint, String key) {
        answers.forget(new NearAnswers.Key(service, endpoint, key));
    }

    @Override
    public CompletionStage<Long> clear(@Nullable String service, @Nullable String endpoint, @Nullable String prefix) {
        return CompletableFuture.completedFuture(answers.clear(service, endpoint, prefix));
    }
}
