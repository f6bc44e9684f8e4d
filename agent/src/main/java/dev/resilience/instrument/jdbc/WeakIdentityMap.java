package dev.resilience.instrument.jdbc;

import com.blogspot.mydailyjava.weaklockfree.WeakConcurrentMap;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * State beside objects that are not ours: gone when they are. Values must not reach their keys. Thread-safe.
 *
 * <p>Most objects that are asked for are not there: every layer asks, and one of them is known. An object's first identity
 * hash costs more than all the rest of a look-up, so the classes of what was ever put are asked first.
 */
final class WeakIdentityMap<V> {

    private final WeakConcurrentMap<Object, V> map = new WeakConcurrentMap<>(false, false);

    /** Held weakly: a class must be able to go with its loader. */
    private volatile List<WeakReference<Class<?>>> classes = List.of();

    @Nullable
    V get(Object key) {
        return mayHave(key.getClass()) ? map.getIfPresent(key) : null;
    }

    void put(Object key, V value) {
        Class<?> type = key.getClass();
        if (!mayHave(type)) {
            add(type);
        }
        map.expungeStaleEntries();
        map.put(key, value);
    }

    @Nullable
    V remove(Object key) {
        return mayHave(key.getClass()) ? map.remove(key) : null;
    }

    boolean isEmpty() {
        map.expungeStaleEntries();
        return map.approximateSize() == 0;
    }

    private boolean mayHave(Class<?> type) {
        List<WeakReference<Class<?>>> known = classes;
        for (int i = 0; i < known.size(); i++) {
            if (known.get(i).refersTo(type)) {
                return true;
            }
        }
        return false;
    }

    private synchronized void add(Class<?> type) {
        List<WeakReference<Class<?>>> after = new ArrayList<>();
        for (WeakReference<Class<?>> known : classes) {
            if (!known.refersTo(null)) {
                after.add(known);
            }
        }
        after.add(new WeakReference<>(type));
        classes = List.copyOf(after);
    }
}
