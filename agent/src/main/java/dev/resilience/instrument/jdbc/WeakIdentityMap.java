package dev.resilience.instrument.jdbc;

import com.blogspot.mydailyjava.weaklockfree.WeakConcurrentMap;
import org.jspecify.annotations.Nullable;

/** State beside objects that are not ours: gone when they are. Values must not reach their keys. Thread-safe. */
final class WeakIdentityMap<K, V> {

    private final WeakConcurrentMap<K, V> map = new WeakConcurrentMap<>(false, false);

    @Nullable
    V get(K key) {
        return map.getIfPresent(key);
    }

    void put(K key, V value) {
        map.expungeStaleEntries();
        map.put(key, value);
    }

    @Nullable
    V remove(K key) {
        return map.remove(key);
    }

    boolean isEmpty() {
        return map.approximateSize() == 0;
    }
}
