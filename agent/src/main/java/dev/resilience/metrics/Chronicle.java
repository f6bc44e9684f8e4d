package dev.resilience.metrics;

import dev.resilience.breaker.State;
import dev.resilience.breaker.Transition;
import dev.resilience.breaker.TransitionListener;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/**
 * The changes of state that this instance learned of, kept inside this JVM: the only journal of an instance without Redis,
 * and what the fleet's is written from. Thread-safe.
 */
public final class Chronicle implements TransitionJournal, TransitionListener {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final LongSupplier nanoTime;
    private final long startNanos;
    private final Map<String, NavigableMap<Long, Noted>> services = new HashMap<>();

    /** @param nanoTime monotonic */
    public Chronicle(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.startNanos = nanoTime.getAsLong();
    }

    /** For how long this instance has been listening. */
    long listeningMillis() {
        return (nanoTime.getAsLong() - startNanos) / NANOS_PER_MILLI;
    }

    @Override
    public void onTransition(Transition transition) {
        note(
                transition.service(),
                new Entry(transition.from(), transition.to(), transition.epoch(), transition.reason(), 0));
    }

    @Override
    public CompletionStage<?> add(String service, List<Entry> entries) {
        entries.forEach(entry -> note(service, entry));
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<List<Entry>> read(String service) {
        return CompletableFuture.completedFuture(entries(service, KEPT.toMillis()));
    }

    /** Those of which there are entries. */
    synchronized List<String> services() {
        return List.copyOf(services.keySet());
    }

    /** Those of the last {@code withinMillis}, oldest first. */
    synchronized List<Entry> entries(String service, long withinMillis) {
        List<Entry> entries = new ArrayList<>();
        long now = nanoTime.getAsLong();
        services.getOrDefault(service, new TreeMap<>()).forEach((epoch, noted) -> {
            long age = (now - noted.atNanos) / NANOS_PER_MILLI;
            if (age <= withinMillis) {
                entries.add(new Entry(noted.from, noted.to, epoch, noted.reason, age));
            }
        });
        return entries;
    }

    private synchronized void note(String service, Entry entry) {
        NavigableMap<Long, Noted> entries = services.computeIfAbsent(service, s -> new TreeMap<>());
        long at = nanoTime.getAsLong() - entry.ageMillis() * NANOS_PER_MILLI;
        entries.putIfAbsent(entry.epoch(), new Noted(entry.from(), entry.to(), entry.reason(), at));
        if (entries.size() > MOST_ENTRIES) {
            entries.pollFirstEntry();
        }
    }

    private record Noted(State from, State to, String reason, long atNanos) {}
}
