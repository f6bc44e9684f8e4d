package dev.resilience.store;

import dev.resilience.fallback.QueuedCall;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Calls for review of which people have yet to hear, as a journal keeps them ({@code tell/id}), and from when on anybody may
 * tell. Times are milliseconds of any one clock. Methods that take a journal are called by its one thread.
 */
final class ReviewNews {

    private static final String PREFIX = "tell/";
    private static final byte[] EMPTY = {};

    /** Who saw it arrive tells of it; when it has not said within that time that it did, others do. */
    private static final long FIRST_MILLIS = TimeUnit.MINUTES.toMillis(2);

    private final Map<String, Long> fromMillis = new ConcurrentHashMap<>();

    static boolean isOne(String name) {
        return name.startsWith(PREFIX);
    }

    void arrived(Journal own, String id, long nowMillis) throws IOException {
        put(own, id, nowMillis + FIRST_MILLIS);
    }

    /** Takes over what another journal kept. */
    void adopt(Journal own, Journal left, String id, long nowMillis) throws IOException {
        if (left.read(PREFIX + id) != null) {
            put(own, id, nowMillis);
        }
    }

    private void put(Journal own, String id, long from) throws IOException {
        own.put(PREFIX + id, EMPTY);
        fromMillis.put(id, from);
    }

    void told(Journal own, String id) throws IOException {
        if (fromMillis.remove(id) != null) {
            own.remove(PREFIX + id);
        }
    }

    boolean isTold(String id) {
        return !fromMillis.containsKey(id);
    }

    /** Names of a service's calls that are due to be told of; nobody else is asked to for the lease. */
    List<String> due(String service, int most, long nowMillis, Duration lease) {
        List<String> ids = new ArrayList<>();
        for (Map.Entry<String, Long> one : fromMillis.entrySet()) {
            String id = one.getKey();
            if (ids.size() < most
                    && one.getValue() <= nowMillis
                    && QueuedCall.serviceOf(id).equals(service)) {
                one.setValue(nowMillis + lease.toMillis());
                ids.add(id);
            }
        }
        return ids;
    }
}
