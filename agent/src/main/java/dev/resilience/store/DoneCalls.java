package dev.resilience.store;

import dev.resilience.fallback.CallStore;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which calls were made lately, so that a store which forgot that they are done does not have them made again. Only names;
 * so many at most, the oldest give way. Thread-safe.
 */
final class DoneCalls {

    private static final long NOT_KNOWN = Long.MIN_VALUE;

    /** What is to be said of such a call. Here, because this class is not loaded before there is one. */
    static final CallStore.Verdict VERDICT = new CallStore.Done();

    private final int most;

    /** In the order of their end; when the fleet was seen to know of it, milliseconds of any one clock. */
    private final Map<String, Long> knownSince = new LinkedHashMap<>();

    DoneCalls(int most) {
        this.most = most;
    }

    /** @return names that gave way */
    synchronized List<String> add(String id) {
        knownSince.putIfAbsent(id, NOT_KNOWN);
        List<String> gone = new ArrayList<>();
        Iterator<String> oldest = knownSince.keySet().iterator();
        while (knownSince.size() > most && oldest.hasNext()) {
            gone.add(oldest.next());
            oldest.remove();
        }
        return gone;
    }

    synchronized boolean contains(String id) {
        return knownSince.containsKey(id);
    }

    /** The fleet knows of it. */
    synchronized void known(String id, long nowMillis) {
        knownSince.computeIfPresent(id, (same, before) -> nowMillis);
    }

    /** What the fleet is to be told of, the oldest first. */
    synchronized List<String> unknown(int atMost) {
        List<String> ids = new ArrayList<>();
        for (Map.Entry<String, Long> one : knownSince.entrySet()) {
            if (ids.size() == atMost) {
                break;
            }
            if (one.getValue() == NOT_KNOWN) {
                ids.add(one.getKey());
            }
        }
        return ids;
    }

    /** The fleet may have forgotten everything. */
    synchronized void doubt() {
        knownSince.replaceAll((id, since) -> NOT_KNOWN);
    }

    /** Forgets what the fleet has known since before then. @return its names */
    synchronized List<String> forget(long beforeMillis) {
        List<String> gone = new ArrayList<>();
        knownSince.entrySet().removeIf(one -> {
            boolean old = one.getValue() != NOT_KNOWN && one.getValue() < beforeMillis;
            if (old) {
                gone.add(one.getKey());
            }
            return old;
        });
        return gone;
    }
}
