package dev.resilience.store;

import dev.resilience.fallback.CallStore.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which calls there are, where, and when they are due: everything about them but what they are. Not thread-safe. Times are
 * milliseconds of any one clock.
 */
final class CallTable {

    /** One call. {@code token} proves who holds it; it is due when its hold ends, or its wait. */
    static final class Row {

        final String id;
        final @Nullable String order;
        Place place;
        long dueAt;
        long token;

        /** It was held before, and nobody said what became of it. */
        boolean again;

        /** People see to it before others. */
        boolean critical;

        /** The fleet has it too, and makes it. */
        boolean handedOver;

        /** On its way to the fleet. */
        boolean offered;

        /** The fleet may have heard of it. */
        boolean everOffered;

        Row(String id, @Nullable String order, Place place, long dueAt) {
            this.id = id;
            this.order = order;
            this.place = place;
            this.dueAt = dueAt;
        }
    }

    private static final Comparator<Row> BY_DUE =
            Comparator.<Row>comparingLong(row -> row.dueAt).thenComparing(row -> row.id);

    private final TreeMap<String, Row> rows = new TreeMap<>();

    /** Those that may be held when due: without an order, or the first of theirs. */
    private final TreeSet<Row> ready = new TreeSet<>(BY_DUE);

    private final Map<String, TreeSet<String>> orders = new HashMap<>();
    private final Map<Place, Integer> sizes = new HashMap<>();
    private long lastToken;

    int size(Place place) {
        return sizes.getOrDefault(place, 0);
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    @Nullable
    Row find(String id) {
        return rows.get(id);
    }

    void add(Row row) {
        if (rows.putIfAbsent(row.id, row) == null) {
            sizes.merge(row.place, 1, Integer::sum);
            line(row);
        }
    }

    void remove(Row row) {
        rows.remove(row.id);
        sizes.merge(row.place, -1, Integer::sum);
        unline(row);
    }

    /** Moves a call to another place, due then. */
    void move(Row row, Place place, long dueAt) {
        remove(row);
        row.place = place;
        row.dueAt = dueAt;
        row.token = 0;
        add(row);
    }

    /** Makes a call due at another time; who held it holds it no longer. */
    void due(Row row, long dueAt) {
        boolean wasReady = ready.remove(row);
        row.dueAt = dueAt;
        row.token = 0;
        if (wasReady) {
            ready.add(row);
        }
    }

    /** Leaves a call to the fleet, or takes it back. What is behind it in its line goes on waiting for it. */
    void handOver(Row row, boolean handedOver) {
        if (row.handedOver != handedOver) {
            unline(row);
            row.handedOver = handedOver;
            row.token = 0;
            line(row);
        }
        row.offered = false;
    }

    /**
     * Takes note that a call is on its way to the fleet, if it may be: what is held here is being made here, and of a line
     * nothing may overtake what the fleet does not have yet.
     */
    boolean offer(Row row) {
        if (row.handedOver || row.offered || row.token != 0 || row.order != null && !leads(row)) {
            return false;
        }
        row.offered = true;
        row.everOffered = true;
        return true;
    }

    /** The fleet did not take what was on its way. */
    void refused(Row row) {
        row.offered = false;
    }

    private boolean leads(Row row) {
        // The nearest one decides: it was offered only after those before it.
        String before = before(row);
        Row ahead = before == null ? null : rows.get(before);
        return ahead == null || ahead.handedOver || ahead.offered;
    }

    /** The nearest before it in its line, null where there is none. */
    @Nullable
    String before(Row row) {
        TreeSet<String> line = row.order == null ? null : orders.get(row.order);
        return line == null ? null : line.lower(row.id);
    }

    /** Names of calls that the fleet has; from the one after {@code from} on. */
    List<String> handedOver(@Nullable String from, int most) {
        List<String> ids = new ArrayList<>();
        for (Row row : (from == null ? rows : rows.tailMap(from, false)).values()) {
            if (ids.size() == most) {
                break;
            }
            if (row.handedOver) {
                ids.add(row.id);
            }
        }
        return ids;
    }

    /** The first calls that may be offered to the fleet, and from now on are. */
    List<Row> offer(int most) {
        List<Row> offered = new ArrayList<>();
        for (Row row : rows.values()) {
            if (offered.size() == most) {
                break;
            }
            if (offer(row)) {
                offered.add(row);
            }
        }
        return offered;
    }

    /** The next calls that are due, held from now on until {@code until}. */
    List<Row> hold(int most, long now, long until) {
        List<Row> held = new ArrayList<>();
        while (held.size() < most && !ready.isEmpty() && ready.first().dueAt <= now) {
            Row row = ready.first();
            ready.remove(row);
            row.dueAt = until;
            row.again = row.token != 0;
            row.token = ++lastToken;
            ready.add(row);
            held.add(row);
        }
        return held;
    }

    /** Calls of a place in the order of acceptance; of those for review the critical ones first. */
    List<Row> list(Place place, int offset, int limit) {
        Stream<Row> there = rows.values().stream().filter(row -> row.place == place);
        Stream<Row> ordered =
                place == Place.REVIEW ? there.sorted(Comparator.comparing(row -> row.critical ? 0 : 1)) : there;
        return ordered.skip(offset).limit(limit).toList();
    }

    /** How many of those for review are critical. */
    long critical() {
        return rows.values().stream()
                .filter(row -> row.place == Place.REVIEW && row.critical)
                .count();
    }

    private void line(Row row) {
        if (row.place != Place.QUEUE) {
            return;
        }
        if (row.order == null) {
            makeReady(row);
            return;
        }
        TreeSet<String> line = orders.computeIfAbsent(row.order, order -> new TreeSet<>());
        String first = line.isEmpty() ? null : line.first();
        line.add(row.id);
        if (line.first().equals(row.id)) {
            makeReady(row);
            Row overtaken = first == null ? null : rows.get(first);
            if (overtaken != null) {
                ready.remove(overtaken);
            }
        }
    }

    private void unline(Row row) {
        ready.remove(row);
        TreeSet<String> line = row.order == null ? null : orders.get(row.order);
        if (line == null || !line.remove(row.id)) {
            return;
        }
        if (line.isEmpty()) {
            orders.remove(row.order);
            return;
        }
        Row next = rows.get(line.first());
        if (next != null) {
            makeReady(next);
        }
    }

    private void makeReady(Row row) {
        if (!row.handedOver) {
            ready.add(row);
        }
    }
}
