package dev.resilience.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.resilience.fallback.AnswerStore;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Answers kept in this JVM, bounded by their bytes; the least used go first. Thread-safe. */
final class NearAnswers {

    /** What an entry takes beside its bytes, about. */
    private static final int OVERHEAD = 350;

    private final long mostBytes;
    private final LongSupplier nanoTime;
    private volatile @Nullable Cache<Key, Kept> cache;

    /** Those kept of each subject, so that they can be forgotten together without a search. */
    private final Map<Key, Set<Key>> bySubject = new ConcurrentHashMap<>();

    /** @param nanoTime the monotonic clock, nanoseconds */
    NearAnswers(long mostBytes, LongSupplier nanoTime) {
        this.mostBytes = mostBytes;
        this.nanoTime = nanoTime;
    }

    /** A twentieth of the heap, and 32 MB at most. */
    static long defaultBytes() {
        return Math.min(32L << 20, Runtime.getRuntime().maxMemory() / 20);
    }

    @Nullable
    Kept get(Key key) {
        return cache().getIfPresent(key);
    }

    /** @param writtenNanos when it was last written to the fleet's store, 0 when it never was */
    void put(Key key, byte[] bytes, long ageMillis, Duration ttl, long writtenNanos) {
        long now = nanoTime.getAsLong();
        Map<Key, Kept> all = cache().asMap();
        Kept kept = new Kept(bytes, now - Duration.ofMillis(ageMillis).toNanos(), ttl.toNanos(), now, writtenNanos);
        if (all.put(key, kept) == null) {
            bySubject.compute(key.subject(), (subject, known) -> {
                Set<Key> names = known == null ? new HashSet<>() : known;
                names.add(key);
                return names;
            });
            if (!all.containsKey(key)) {
                // Gone before it was listed: whoever removed it found nothing to take off the list.
                unlist(key);
            }
        }
    }

    /** Loads what the first answer needs. */
    void prepare() {
        Key nobodys = new Key("", "", "");
        put(nobodys, new byte[0], 0, Duration.ofSeconds(1), 0);
        forget(nobodys);
    }

    /** @param key or a subject, for all of it */
    void forget(Key key) {
        Cache<Key, Kept> searched = cache;
        if (searched == null) {
            return;
        }
        searched.asMap().remove(key);
        Set<Key> names = bySubject.remove(key);
        if (names != null) {
            names.forEach(searched.asMap()::remove);
        }
    }

    /** Null for all, of each. */
    long clear(@Nullable String service, @Nullable String endpoint, @Nullable String prefix) {
        long removed = 0;
        Cache<Key, Kept> searched = cache();
        for (Key key : searched.asMap().keySet()) {
            boolean meant = (service == null || service.equals(key.service))
                    && (endpoint == null || endpoint.equals(key.endpoint))
                    && (prefix == null || key.key.startsWith(prefix));
            if (meant && searched.asMap().remove(key) != null) {
                removed++;
            }
        }
        return removed;
    }

    /** Made when first needed: a start without fallbacks loads no cache. */
    private Cache<Key, Kept> cache() {
        Cache<Key, Kept> known = cache;
        if (known == null) {
            synchronized (this) {
                known = cache;
                if (known == null) {
                    known = make();
                    cache = known;
                }
            }
        }
        return known;
    }

    private Cache<Key, Kept> make() {
        return Caffeine.newBuilder()
                .maximumWeight(mostBytes)
                .weigher((Key key, Kept kept) -> kept.bytes.length + 2 * key.key.length() + OVERHEAD)
                .expireAfter(Expiry.writing((Key key, Kept kept) -> Duration.ofNanos(kept.left(nanoTime.getAsLong()))))
                .ticker(nanoTime::getAsLong)
                // The common pool belongs to the application.
                .executor(Runnable::run)
                .removalListener((@Nullable Key key, @Nullable Kept kept, RemovalCause cause) -> {
                    if (cause != RemovalCause.REPLACED && key != null) {
                        unlist(key);
                    }
                })
                .build();
    }

    /** It may have been put anew since it was removed. */
    private void unlist(Key key) {
        Map<Key, Kept> all = cache().asMap();
        bySubject.computeIfPresent(key.subject(), (subject, names) -> {
            if (!all.containsKey(key)) {
                names.remove(key);
            }
            return names.isEmpty() ? null : names;
        });
    }

    record Key(String service, String endpoint, String key) {

        /** What it has in common with other answers to the same address or statement. */
        Key subject() {
            return key.length() <= AnswerStore.SUBJECT
                    ? this
                    : new Key(service, endpoint, key.substring(0, AnswerStore.SUBJECT));
        }
    }

    /**
     * @param bornNanos when the answer was given
     * @param seenNanos when it was put here
     * @param writtenNanos when it was last written to the fleet's store, 0 when it never was
     */
    record Kept(byte[] bytes, long bornNanos, long ttlNanos, long seenNanos, long writtenNanos) {

        private long left(long now) {
            return Math.max(0, bornNanos + ttlNanos - now);
        }

        long ageMillis(long now) {
            return Math.max(0, (now - bornNanos) / 1_000_000);
        }
    }
}
