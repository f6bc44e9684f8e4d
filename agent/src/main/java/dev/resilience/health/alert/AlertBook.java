package dev.resilience.health.alert;

import dev.resilience.health.alert.Notice.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which alerts there are, and what people are told of them. A finding that comes and goes is one alert: it is over only when
 * it has stayed away for a while, and that while doubles with each relapse, from one minute to half an hour. So a flapping
 * service pages a few times in its first hour and about twice an hour from then on. Not thread-safe.
 */
final class AlertBook {

    /** What a book without an alert is written as: told apart without a reader of JSON, which most starts never need. */
    static final String NOTHING = "[]";

    private static final long QUIET_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final int MOST_RELAPSES = 5;

    /** How long an alert that is over is remembered: for people to read, and to know a relapse. */
    private static final long REMEMBERED_MILLIS = Duration.ofHours(1).toMillis();

    private final Map<String, Entry> entries;

    AlertBook() {
        this(new LinkedHashMap<>());
    }

    private AlertBook(Map<String, Entry> entries) {
        this.entries = entries;
    }

    /** @param ageMillis how long ago it was written */
    static AlertBook read(String written, long ageMillis, long nowMillis) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        if (written.isEmpty() || written.equals(NOTHING)) {
            return new AlertBook(entries);
        }
        for (Entry entry : BookText.read(written, nowMillis - ageMillis)) {
            entries.put(entry.finding.id(), entry);
        }
        return new AlertBook(entries);
    }

    /** To be given to {@link #read}. */
    String write(long nowMillis) {
        return entries.isEmpty() ? NOTHING : BookText.write(entries.values(), nowMillis);
    }

    /** Takes what is the matter now, and says what is to be told. */
    List<Notice> update(List<Finding> findings, long nowMillis, Duration repeat) {
        List<Notice> notices = new ArrayList<>();
        Map<String, Finding> here = new LinkedHashMap<>();
        findings.forEach(finding -> here.put(finding.id(), finding));
        for (Finding finding : here.values()) {
            Entry entry = entries.get(finding.id());
            if (entry == null || entry.isOver()) {
                notices.add(raise(finding, entry, nowMillis));
            } else {
                goesOn(entry, finding, nowMillis, repeat, notices);
            }
        }
        for (Entry entry : entries.values()) {
            if (!here.containsKey(entry.finding.id()) && !entry.isOver()) {
                staysAway(entry, nowMillis, notices);
            }
        }
        entries.values().removeIf(entry -> entry.isOver() && nowMillis - entry.resolvedMillis > REMEMBERED_MILLIS);
        return notices;
    }

    /** Those that last, then those that are over, the newest first. */
    List<Alert> alerts() {
        List<Alert> alerts = new ArrayList<>();
        entries.values().forEach(entry -> alerts.add(entry.alert()));
        alerts.sort((one, other) -> one.firing() != other.firing()
                ? (one.firing() ? -1 : 1)
                : Long.compare(other.sinceMillis(), one.sinceMillis()));
        return alerts;
    }

    /** Notices that were not delivered everywhere when the book was written. */
    List<Notice> undelivered() {
        List<Notice> notices = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (!entry.delivered) {
                notices.add(new Notice(entry.alert(), entry.news));
            }
        }
        return notices;
    }

    /** The last notice of an alert has arrived wherever it could. */
    void delivered(String id) {
        Entry entry = entries.get(id);
        if (entry != null) {
            entry.delivered = true;
        }
    }

    private Notice raise(Finding finding, @Nullable Entry before, long nowMillis) {
        Entry entry = new Entry(finding, nowMillis);
        if (before != null) {
            entry.relapses = Math.min(MOST_RELAPSES, before.relapses + 1);
        }
        entries.put(finding.id(), entry);
        return told(entry, Event.RAISED, nowMillis);
    }

    private static void goesOn(Entry entry, Finding finding, long nowMillis, Duration repeat, List<Notice> notices) {
        boolean worse = finding.severity().compareTo(entry.finding.severity()) > 0;
        entry.finding = finding;
        if (entry.away) {
            entry.away = false;
            entry.relapses = Math.min(MOST_RELAPSES, entry.relapses + 1);
        }
        entry.seenMillis = nowMillis;
        if (worse) {
            notices.add(told(entry, Event.ESCALATED, nowMillis));
        } else if (nowMillis - entry.toldMillis >= repeat.toMillis()) {
            notices.add(told(entry, Event.REPEATED, nowMillis));
        }
    }

    private static void staysAway(Entry entry, long nowMillis, List<Notice> notices) {
        entry.away = true;
        if (nowMillis - entry.seenMillis >= QUIET_MILLIS << entry.relapses) {
            entry.resolvedMillis = nowMillis;
            notices.add(told(entry, Event.RESOLVED, nowMillis));
        }
    }

    private static Notice told(Entry entry, Event event, long nowMillis) {
        entry.toldMillis = nowMillis;
        // Whoever has not heard of an alert yet hears that it was raised; one who has can do without a single reminder.
        if (event == Event.RESOLVED || entry.delivered && event == Event.ESCALATED) {
            entry.news = event;
            entry.delivered = false;
        }
        return new Notice(entry.alert(), event);
    }

    /** One matter; all times Unix milliseconds on this host's clock. */
    static final class Entry {

        static final long NEVER = -1;

        Finding finding;
        final long raisedMillis;
        long seenMillis;
        long toldMillis;
        long resolvedMillis = NEVER;
        int relapses;
        boolean away;

        /** What a successor tells where it was not delivered. */
        Event news = Event.RAISED;

        boolean delivered;

        Entry(Finding finding, long raisedMillis) {
            this.finding = finding;
            this.raisedMillis = raisedMillis;
            this.seenMillis = raisedMillis;
            this.toldMillis = raisedMillis;
        }

        boolean isOver() {
            return resolvedMillis != NEVER;
        }

        Alert alert() {
            return new Alert(finding, raisedMillis, isOver() ? resolvedMillis : null);
        }
    }
}
