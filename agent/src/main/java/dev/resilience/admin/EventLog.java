package dev.resilience.admin;

import dev.resilience.breaker.Found;
import dev.resilience.breaker.Transition;
import dev.resilience.breaker.TransitionListener;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What happened lately, as this instance learned of it: the newest 1,000 events. Thread-safe. */
public final class EventLog implements TransitionListener {

    private static final int MOST_EVENTS = 1_000;

    private final Deque<Event> events = new ArrayDeque<>();
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
     * @param kind {@code transition}, {@code found}, {@code reset} or {@code reload}
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

    /** Notes what a person did. */
    public void acted(long atMillis, String kind, String service, String who) {
        add(atMillis, kind, service, "", "", 0, who);
    }

    void addListener(Listener listener) {
        listeners.add(listener);
    }

    void removeListener(Listener listener) {
        listeners.remove(listener);
    }

    /** Newest first. */
    public synchronized List<Event> newest(int most) {
        List<Event> newest = new ArrayList<>(Math.min(most, events.size()));
        for (Event event : events) {
            if (newest.size() == most) {
                break;
            }
            newest.add(event);
        }
        return newest;
    }

    private synchronized void add(
            long atMillis, String kind, String service, String from, String to, long epoch, String detail) {
        if (events.size() == MOST_EVENTS) {
            events.removeLast();
        }
        Event event = new Event(++lastId, atMillis, kind, service, from, to, epoch, detail);
        events.addFirst(event);
        listeners.forEach(listener -> listener.onEvent(event));
    }
}
