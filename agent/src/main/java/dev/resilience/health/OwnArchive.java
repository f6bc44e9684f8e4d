package dev.resilience.health;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What this instance's probes found, inside this JVM: the only archive of an instance without Redis, and what fills the gaps
 * of the fleet's while Redis is away. 12 bytes an answer and day, see {@link ProbeHistory}. Thread-safe.
 */
public final class OwnArchive implements ProbeArchive {

    private static final long MINUTE = 60_000;
    private static final long HOUR = 3_600_000;

    private final LongSupplier epochMillis;
    private final Map<String, Kept> services = new HashMap<>();

    /** @param epochMillis Unix milliseconds on this host's clock */
    public OwnArchive(LongSupplier epochMillis) {
        this.epochMillis = epochMillis;
    }

    /** Makes room for a day of answers at this pace; keeps what is there when the pace is the same. */
    public synchronized void expect(String service, Duration interval) {
        Kept kept = services.get(service);
        if (kept == null || !kept.interval.equals(interval)) {
            services.put(service, new Kept(interval, kept));
        }
    }

    @Override
    public synchronized CompletionStage<?> add(
            String service, long fencing, long ageMillis, boolean up, long responseMillis) {
        long at = epochMillis.getAsLong() - ageMillis;
        Kept kept = services.computeIfAbsent(service, s -> new Kept(Duration.ofSeconds(1), null));
        kept.history.add(at, up, responseMillis);
        long hour = Math.floorDiv(at, HOUR) * HOUR;
        kept.hours.merge(
                hour,
                new Hour(hour, up ? 1 : 0, up ? 0 : 1, up ? responseMillis : 0),
                (one, other) -> new Hour(
                        hour, one.up() + other.up(), one.down() + other.down(), one.upMillis() + other.upMillis()));
        kept.hours.headMap(at - HOURS_KEPT.toMillis()).clear();
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<Minutes> minutes(String service, Duration window) {
        return CompletableFuture.completedFuture(own(service, window));
    }

    @Override
    public synchronized CompletionStage<List<Hour>> hours(String service) {
        Kept kept = services.get(service);
        return CompletableFuture.completedFuture(kept == null ? List.of() : List.copyOf(kept.hours.values()));
    }

    synchronized Minutes own(String service, Duration window) {
        long now = epochMillis.getAsLong();
        Kept kept = services.get(service);
        if (kept == null) {
            return new Minutes(now, List.of());
        }
        long since = Math.floorDiv(now - window.toMillis(), MINUTE) * MINUTE;
        TreeMap<Long, List<ProbeHistory.Entry>> minutes = new TreeMap<>();
        for (ProbeHistory.Entry entry : kept.history.since(since)) {
            minutes.computeIfAbsent(Math.floorDiv(entry.atMillis(), MINUTE) * MINUTE, start -> new ArrayList<>())
                    .add(entry);
        }
        List<Minute> found = new ArrayList<>();
        minutes.forEach((start, entries) -> found.add(minute(start, entries)));
        return new Minutes(now, found);
    }

    private static Minute minute(long start, List<ProbeHistory.Entry> entries) {
        long up = entries.stream().filter(ProbeHistory.Entry::up).count();
        long millis = entries.stream()
                .filter(ProbeHistory.Entry::up)
                .mapToLong(ProbeHistory.Entry::responseMillis)
                .sum();
        return new Minute(start, up, entries.size() - up, millis, entries);
    }

    private static final class Kept {

        private final Duration interval;
        private final ProbeHistory history;
        private final TreeMap<Long, Hour> hours;

        Kept(Duration interval, @Nullable Kept before) {
            this.interval = interval;
            this.history = new ProbeHistory(interval);
            this.hours = before == null ? new TreeMap<>() : before.hours;
            if (before != null) {
                before.history
                        .since(Long.MIN_VALUE)
                        .forEach(entry -> history.add(entry.atMillis(), entry.up(), entry.responseMillis()));
            }
        }
    }
}
