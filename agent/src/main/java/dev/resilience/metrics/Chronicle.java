package dev.resilience.metrics;

import dev.resilience.breaker.State;
import dev.resilience.breaker.Transition;
import dev.resilience.breaker.TransitionListener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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

    /** Calls may name any number of hosts, each with a circuit: those whose last change is longest ago are forgotten. */
    private static final int MOST_SERVICES = 4_000;

    private final LongSupplier nanoTime;
    private final long startNanos;

    /** Those that changed last come last. */
    private final Map<String, NavigableMap<Double, Noted>> services = new LinkedHashMap<>();

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
        String service = transition.service();
        synchronized (this) {
            note(
                    service,
                    new Entry(
                            transition.from(),
                            transition.to(),
                            transition.epoch(),
                            turn(service, transition.epoch()),
                            transition.reason(),
                            0));
        }
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
        services.getOrDefault(service, new TreeMap<>()).forEach((place, noted) -> {
            long age = (now - noted.atNanos) / NANOS_PER_MILLI;
            if (age <= withinMillis) {
                entries.add(new Entry(noted.from, noted.to, noted.epoch, noted.turn, noted.reason, age));
            }
        });
        return entries;
    }

    private synchronized void note(String service, Entry entry) {
        NavigableMap<Double, Noted> known = services.remove(service);
        NavigableMap<Double, Noted> entries = known == null ? new TreeMap<>() : known;
        services.put(service, entries);
        if (services.size() > MOST_SERVICES) {
            services.remove(services.keySet().iterator().next());
        }
        long at = nanoTime.getAsLong() - entry.ageMillis() * NANOS_PER_MILLI;
        entries.putIfAbsent(
                entry.place(), new Noted(entry.from(), entry.to(), entry.epoch(), entry.turn(), entry.reason(), at));
        if (entries.size() > MOST_ENTRIES) {
            entries.pollFirstEntry();
        }
    }

    /** That of the next change which this instance hears of under {@code epoch}. */
    private int turn(String service, long epoch) {
        NavigableMap<Double, Noted> entries = services.getOrDefault(service, new TreeMap<>());
        Map.Entry<Double, Noted> last = entries.lowerEntry(epoch + 1.0);
        return last == null || last.getValue().epoch != epoch ? 0 : Math.min(MOST_TURNS - 1, last.getValue().turn + 1);
    }

    private record Noted(State from, State to, long epoch, int turn, String reason, long atNanos) {}
}
