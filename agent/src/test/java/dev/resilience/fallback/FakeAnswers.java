package dev.resilience.fallback;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Keeps answers in a map; time passes when told. */
final class FakeAnswers implements AnswerStore {

    record Kept(byte[] bytes, Duration ttl, long atMillis) {}

    final Map<String, Kept> kept = new HashMap<>();
    long nowMillis;

    @Override
    public synchronized CompletionStage<@Nullable Stored> get(String service, String endpoint, String key) {
        Kept found = kept.get(service + "/" + endpoint + "/" + key);
        boolean alive =
                found != null && nowMillis - found.atMillis() <= found.ttl().toMillis();
        return CompletableFuture.completedFuture(
                alive ? new Stored(found.bytes(), nowMillis - found.atMillis()) : null);
    }

    @Override
    public synchronized void put(String service, String endpoint, String key, byte[] bytes, Duration ttl) {
        kept.put(service + "/" + endpoint + "/" + key, new Kept(bytes, ttl, nowMillis));
    }

    @Override
    public synchronized void forget(String service, String endpoint, String key) {
        clear(service, endpoint, key);
    }

    @Override
    public synchronized CompletionStage<Long> clear(
            @Nullable String service, @Nullable String endpoint, @Nullable String prefix) {
        long size = kept.size();
        kept.keySet().removeIf(key -> prefix == null || key.startsWith(service + "/" + endpoint + "/" + prefix));
        return CompletableFuture.completedFuture(size - kept.size());
    }
}
