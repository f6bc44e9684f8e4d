package dev.resilience.instrument;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to objects of the application, each told by its identity, for as long as they live. A value must not hold its
 * object. Thread-safe; a look-up takes no lock.
 */
public final class PerObject<K, V> {

    private final ConcurrentHashMap<Object, V> values = new ConcurrentHashMap<>();
    private final ReferenceQueue<K> gone = new ReferenceQueue<>();

    public @Nullable V get(K object) {
        return values.isEmpty() ? null : values.get(new Probe(object));
    }

    public void put(K object, V value) {
        sweep();
        values.put(new Key<>(object, gone), value);
    }

    public void remove(K object) {
        sweep();
        values.remove(new Probe(object));
    }

    private void sweep() {
        Reference<? extends K> key;
        while ((key = gone.poll()) != null) {
            values.remove(key);
        }
    }

    /** Finds an object's key. */
    private static final class Probe {

        private final Object object;

        Probe(Object object) {
            this.object = object;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(object);
        }

        @Override
        @SuppressWarnings("EqualsUnsafeCast") // meets keys alone
        public boolean equals(Object other) {
            return ((Key<?>) other).isOf(object);
        }
    }

    private static final class Key<T> extends WeakReference<T> {

        private final int hash;

        Key(T object, ReferenceQueue<T> gone) {
            super(object, gone);
            this.hash = System.identityHashCode(object);
        }

        @SuppressWarnings("unchecked") // a question of identity alone
        boolean isOf(Object object) {
            return refersTo((T) object);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            if (this == other) {
                return true;
            }
            T mine = get();
            return mine != null && other instanceof Key<?> key && key.get() == mine;
        }
    }
}
