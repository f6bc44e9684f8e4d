package dev.resilience.admin;

import dev.resilience.breaker.Found;
import dev.resilience.breaker.Transition;
import dev.resilience.breaker.TransitionListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What happened lately, as far as this instance learned of it: the newest 1,000 events. Thread-safe. */
public final class EventLog implements TransitionListener {

    private static final int MOST_EVENTS = 1_000;

    /** Newest first. */
    private final List<Event> events = new ArrayList<>();

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private long lastId;

    /** Told of each event, in order, with the log locked: must not wait. */
    @FunctionalInterface
    interface Listener {
        void onEvent(Event event);
    }

    /**
     * @param id grows by one with each event of this instance, from 1
     * @param atMillis Unix milliseconds on this host's clock
     * @param kind {@code transition}, {@code found}, {@code reset}, {@code mode}, {@code reload} and the like
     * @param service whom it concerns; empty for the agent as a whole
     * @param from state before, empty unless it is a transition
     * @param to state after, empty unless it is a transition
     * @param epoch the circuit's after it, 0 where there is none
     * @param detail in words, for people: why, or who asked for it
     */
    public record Event(
            long id, long atMillis, String kind, String service, String from, String to, long epoch, String detail) {}

    @Override
    public void onTransition(Transition transition) {
        add(
                transition.atMillis(),
                "transition",
                transition.service(),
                transition.from().name(),
                transition.to().name(),
                transition.epoch(),
                transition.reason());
    }

    @Override
    public void onFound(Found found) {
        add(found.atMillis(), "found", found.service(), "", "", found.epoch(), found.words());
    }

    /** Notes what a person did, also some time ago. @param detail who, and why */
    public void acted(long atMillis, String kind, String service, String detail) {
        add(atMillis, kind, service, "", "", 0, detail);
    }

    void addListener(Listener listener) {
        listeners.add(listener);
    }

    void removeListener(Listener listener) {
        listeners.remove(listener);
    }

    /** Newest first. */
    public synchronized List<Event> newest(int most) {
        return List.copyOf(events.subList(0, Math.min(most, events.size())));
    }

    private synchronized void add(
            long atMillis, String kind, String service, String from, String to, long epoch, String detail) {
        int place = 0;
        // What happened elsewhere is heard of later, after a restart hours later.
        while (place < events.size() && events.get(place).atMillis > atMillis) {
            place++;
        }
        if (place == MOST_EVENTS) {
            return;
        }
        if (events.size() == MOST_EVENTS) {
            events.remove(MOST_EVENTS - 1);
        }
        Event event = new Event(++lastId, atMillis, kind, service, from, to, epoch, detail);
        events.add(place, event);
        listeners.forEach(listener -> listener.onEvent(event));
    }
}
