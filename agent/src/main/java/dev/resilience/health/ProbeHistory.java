package dev.resilience.health;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The results of one probe over the last 24 hours, in a ring of two primitive arrays: 12 bytes an entry, so 104 kB for an
 * interval of 10 s and 35 kB for 30 s. The ring grows as it fills and is never larger than 86,400 entries (1 MB), which is
 * 24 h at an interval of one second; faster probes keep proportionally less. Thread-safe.
 */
public final class ProbeHistory {

    /** How far back answers go. */
    public static final Duration KEPT = Duration.ofHours(24);

    private static final int MOST_ENTRIES = 86_400;
    private static final int FIRST_ENTRIES = 64;

    /** @param responseMillis how long the answer, or the failure, took */
    public record Entry(long atMillis, boolean up, int responseMillis) {}

    private final int capacity;
    private long[] atMillis = new long[FIRST_ENTRIES];

    /** Milliseconds of the answer when up; their complement, which is negative, when down. */
    private int[] answers = new int[FIRST_ENTRIES];

    private int next;
    private int size;

    public ProbeHistory(Duration interval) {
        long needed = KEPT.toMillis() / Math.max(1, interval.toMillis()) + 1;
        // Jitter shortens some intervals: an eighth more than the plain quotient covers the day all the same.
        this.capacity = (int) Math.min(MOST_ENTRIES, Math.max(FIRST_ENTRIES, needed + needed / 8));
    }

    public synchronized void add(long at, boolean up, long responseMillis) {
        if (next == atMillis.length && atMillis.length < capacity) {
            int larger = Math.min(capacity, atMillis.length * 2);
            atMillis = Arrays.copyOf(atMillis, larger);
            answers = Arrays.copyOf(answers, larger);
        }
        if (next == atMillis.length) {
            next = 0;
        }
        int millis = (int) Math.min(Integer.MAX_VALUE, Math.max(0, responseMillis));
        atMillis[next] = at;
        answers[next] = up ? millis : ~millis;
        next++;
        size = Math.min(size + 1, atMillis.length);
    }

    /** Oldest first, none older than {@code sinceMillis} (Unix milliseconds). */
    public synchronized List<Entry> since(long sinceMillis) {
        List<Entry> entries = new ArrayList<>();
        int length = atMillis.length;
        for (int i = size; i > 0; i--) {
            int slot = Math.floorMod(next - i, length);
            if (atMillis[slot] >= sinceMillis) {
                int answer = answers[slot];
                entries.add(new Entry(atMillis[slot], answer >= 0, answer >= 0 ? answer : ~answer));
            }
        }
        return entries;
    }
}
