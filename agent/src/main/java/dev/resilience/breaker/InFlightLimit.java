package dev.resilience.breaker;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/** How many calls of one service may be in flight on this instance (a bulkhead). Thread-safe, never waits. */
public final class InFlightLimit {

    private volatile int most;
    private final AtomicInteger running = new AtomicInteger();
    private final Set<Place> taken = ConcurrentHashMap.newKeySet();

    /** Places of calls that an application dropped without an end, as a connection that was opened and never asked. */
    private final ReferenceQueue<Object> dropped = new ReferenceQueue<>();

    public InFlightLimit(int most) {
        this.most = most;
    }

    /** The place of one call. */
    public static final class Place extends WeakReference<Object> {

        private static final AtomicIntegerFieldUpdater<Place> GIVEN_BACK =
                AtomicIntegerFieldUpdater.newUpdater(Place.class, "givenBack");

        private volatile int givenBack;

        private Place(Object holder, ReferenceQueue<Object> dropped) {
            super(holder, dropped);
        }
    }

    public int most() {
        return most;
    }

    /** Another bound from now on; what is above it already is left to finish. */
    public void most(int other) {
        most = other;
    }

    /**
     * @param holder of the call: where nobody holds that any more nobody gives the place back, and the call loses it
     * @return to be given back by {@link #leave}; null when the call may not be made
     */
    public @Nullable Place enter(Object holder) {
        if (!isCounted() && !(freesDropped() && isCounted())) {
            return null;
        }
        Place place = null;
        boolean entered = false;
        try {
            place = new Place(holder, dropped);
            taken.add(place);
            entered = true;
            return place;
        } finally {
            // At the end of the stack it may be among those taken all the same.
            if (place == null) {
                running.decrementAndGet();
            } else if (!entered) {
                leave(place);
            }
        }
    }

    /** Gives a place back. A second time changes nothing. */
    public void leave(Place place) {
        if (Place.GIVEN_BACK.compareAndSet(place, 0, 1)) {
            running.decrementAndGet();
            taken.remove(place);
        }
    }

    private boolean isCounted() {
        // Never above the limit, not even for a moment: who comes just then would be refused a place that is free.
        for (int now = running.get(); now < most; now = running.get()) {
            if (running.compareAndSet(now, now + 1)) {
                return true;
            }
        }
        return false;
    }

    private boolean freesDropped() {
        boolean any = false;
        for (Reference<?> place = dropped.poll(); place != null; place = dropped.poll()) {
            leave((Place) place);
            any = true;
        }
        return any;
    }
}
