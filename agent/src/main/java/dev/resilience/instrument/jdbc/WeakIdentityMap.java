package dev.resilience.instrument.jdbc;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * State beside objects that are not ours: gone when they are. Values must not reach their keys. Thread-safe, without a lock.
 *
 * <p>Most objects that are asked for are not there: every layer asks, and one of them is known. An object's first identity
 * hash costs more than all the rest of a look-up, so the classes of what was ever put are asked first. What is known comes and
 * goes with each statement: an entry is its own reference and link, and nobody counts them.
 */
final class WeakIdentityMap<V> {

    /** A power of two. Few applications have more statements open; where one does, chains are longer. */
    private static final int CHAINS = 1_024;

    /** Of each the newest entry, which leads to those put before it. */
    private final AtomicReferenceArray<@Nullable Entry<V>> chains;

    private final ReferenceQueue<Object> gone = new ReferenceQueue<>();

    /** Held weakly: a class must be able to go with its loader. Replaced, never written to. */
    private volatile Reference<?>[] classes = {};

    WeakIdentityMap() {
        this(CHAINS);
    }

    /** @param chains a power of two */
    WeakIdentityMap(int chains) {
        this.chains = new AtomicReferenceArray<>(chains);
    }

    @Nullable
    V get(Object key) {
        if (mayHave(key.getClass())) {
            for (Entry<V> at = chains.get(chain(key)); at != null; at = at.next) {
                V value = at.refersTo(key) ? at.value : null;
                if (value != null) {
                    return value;
                }
            }
        }
        return null;
    }

    void put(Object key, V value) {
        Class<?> type = key.getClass();
        if (!mayHave(type)) {
            add(type);
        }
        expunge();
        int chain = chain(key);
        Entry<V> newest = chains.get(chain);
        for (Entry<V> at = newest; at != null; at = at.next) {
            if (at.refersTo(key) && at.replace(value)) {
                return;
            }
        }
        Entry<V> entry = new Entry<>(key, value, chain, gone);
        entry.next = newest;
        while (!chains.compareAndSet(chain, newest, entry)) {
            newest = chains.get(chain);
            entry.next = newest;
        }
    }

    @Nullable
    V remove(Object key) {
        if (!mayHave(key.getClass())) {
            return null;
        }
        int chain = chain(key);
        V removed = null;
        for (Entry<V> at = chains.get(chain); at != null; at = at.next) {
            V value = at.refersTo(key) ? at.remove() : null;
            removed = removed == null ? value : removed;
        }
        if (removed != null) {
            sweep(chain);
        }
        return removed;
    }

    private int chain(Object key) {
        return System.identityHashCode(key) & chains.length() - 1;
    }

    private void expunge() {
        Reference<?> dead;
        while ((dead = gone.poll()) != null) {
            Entry<?> entry = (Entry<?>) dead;
            entry.remove();
            sweep(entry.chain);
        }
    }

    /**
     * Takes removed entries out of their chain. Links lead from newer entries to older ones, and are moved over removed ones
     * alone: whatever another thread does here meanwhile, it leads past none that is in force, and at worst back to a removed
     * one.
     */
    private void sweep(int chain) {
        Entry<V> at = chains.get(chain);
        while (at != null && at.value == null) {
            chains.compareAndSet(chain, at, at.next);
            at = chains.get(chain);
        }
        while (at != null) {
            Entry<V> older = at.next;
            if (older != null && older.value == null) {
                at.next = older.next;
            } else {
                at = older;
            }
        }
    }

    private boolean mayHave(Class<?> type) {
        for (Reference<?> known : classes) {
            if (isOf(known, type)) {
                return true;
            }
        }
        return false;
    }

    @SuppressWarnings("unchecked") // a question of identity alone
    private static boolean isOf(Reference<?> reference, Object object) {
        return ((Reference<Object>) reference).refersTo(object);
    }

    private synchronized void add(Class<?> type) {
        List<Reference<?>> after = new ArrayList<>();
        for (Reference<?> known : classes) {
            if (!known.refersTo(null)) {
                after.add(known);
            }
        }
        after.add(new WeakReference<>(type));
        classes = after.toArray(Reference<?>[]::new);
    }

    private static final class Entry<V> extends WeakReference<Object> {

        @SuppressWarnings("rawtypes")
        private static final AtomicReferenceFieldUpdater<Entry, @Nullable Object> VALUE =
                AtomicReferenceFieldUpdater.newUpdater(Entry.class, Object.class, "value");

        /** Null when it was removed, and from then on. */
        private volatile @Nullable V value;

        private @Nullable Entry<V> next;

        private final int chain;

        Entry(Object key, V value, int chain, ReferenceQueue<Object> gone) {
            super(key, gone);
            this.value = value;
            this.chain = chain;
        }

        /** @return false when it was removed */
        boolean replace(V by) {
            V before = value;
            while (before != null && !VALUE.compareAndSet(this, before, by)) {
                before = value;
            }
            return before != null;
        }

        @SuppressWarnings("unchecked")
        @Nullable
        V remove() {
            return (V) VALUE.getAndSet(this, null);
        }
    }
}
