package dev.resilience.store;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** How often this instance made a call, or is making one, that may have been made before, by service. Thread-safe. */
final class Repeats {

    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

    void add(String service) {
        counts.computeIfAbsent(service, name -> new LongAdder()).increment();
    }

    long of(String service) {
        LongAdder count = counts.get(service);
        return count == null ? 0 : count.sum();
    }
}
