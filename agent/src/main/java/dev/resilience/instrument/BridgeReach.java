package dev.resilience.instrument;

import com.blogspot.mydailyjava.weaklockfree.WeakConcurrentMap;
import dev.resilience.bootstrap.Bridge;
import org.jspecify.annotations.Nullable;

/**
 * Whether classes of a loader would find the bridge that woven code calls. Most loaders ask the boot loader sooner or later;
 * some do so for the packages they were told only, and woven code would break there at its first call. (Those that many use
 * are taught to: {@link dev.resilience.instrument.loaders.IsolatingLoaders}.) Thread-safe.
 */
final class BridgeReach {

    private final WeakConcurrentMap<ClassLoader, Boolean> known = new WeakConcurrentMap<>(false, false);

    /** The loader that this thread asks at present: what it loads on the way is not woven. */
    private final ThreadLocal<@Nullable ClassLoader> asking = new ThreadLocal<>();

    boolean has(ClassLoader loader) {
        Boolean before = known.getIfPresent(loader);
        if (before != null) {
            return before;
        }
        if (asking.get() == loader) {
            return false;
        }
        asking.set(loader);
        try {
            boolean found = finds(loader);
            known.expungeStaleEntries();
            known.put(loader, found);
            return found;
        } finally {
            asking.remove();
        }
    }

    /** Loaders are written by anybody: they may throw anything. */
    private static boolean finds(ClassLoader loader) {
        try {
            return loader.loadClass(Bridge.class.getName()) == Bridge.class;
        } catch (Throwable unknown) {
            return false;
        }
    }
}
