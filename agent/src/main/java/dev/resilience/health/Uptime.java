package dev.resilience.health;

import dev.resilience.health.ProbeArchive.Minute;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What probes amount to over a while. Immutable.
 *
 * @param percent of answers that were good; null of none
 * @param meanMillis response time of the good ones; null of none
 * @param p50Millis half of them were quicker
 * @param p95Millis 95 of 100 were quicker
 * @param p99Millis 99 of 100 were quicker
 */
public record Uptime(
        long up,
        long down,
        @Nullable Double percent,
        @Nullable Double meanMillis,
        @Nullable Integer p50Millis,
        @Nullable Integer p95Millis,
        @Nullable Integer p99Millis) {

    /** @param minutes in any order */
    public static Uptime of(List<Minute> minutes) {
        long up = minutes.stream().mapToLong(Minute::up).sum();
        long down = minutes.stream().mapToLong(Minute::down).sum();
        long millis = minutes.stream().mapToLong(Minute::upMillis).sum();
        int[] sorted = minutes.stream()
                .flatMap(minute -> minute.entries().stream())
                .filter(ProbeHistory.Entry::up)
                .mapToInt(ProbeHistory.Entry::responseMillis)
                .sorted()
                .toArray();
        return new Uptime(
                up,
                down,
                up + down == 0 ? null : 100.0 * up / (up + down),
                up == 0 ? null : (double) millis / up,
                percentile(sorted, 0.5),
                percentile(sorted, 0.95),
                percentile(sorted, 0.99));
    }

    private static @Nullable Integer percentile(int[] sorted, double share) {
        return sorted.length == 0 ? null : sorted[(int) Math.max(0, Math.ceil(share * sorted.length) - 1)];
    }
}
