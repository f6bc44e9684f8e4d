package dev.resilience.metrics;

import dev.resilience.breaker.State;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Keeps every change of state for 24 hours, each once, whoever tells of it. Thread-safe; no method waits. */
public interface TransitionJournal {

    /** How far back answers go. */
    Duration KEPT = Duration.ofHours(24);

    /** Entries kept per service at most; the oldest go first. */
    int MOST_ENTRIES = 1_000;

    /** A mode moves a circuit without a new epoch; so many such moves within one epoch are told apart. */
    int MOST_TURNS = 1_000;

    /**
     * @param epoch that of the state entered; with {@code turn}, what makes two tales of one change one
     * @param turn 0 for the change that began the epoch, then counted up; under {@value #MOST_TURNS}
     * @param reason in words, for people
     * @param ageMillis how long ago
     */
    record Entry(State from, State to, long epoch, int turn, String reason, long ageMillis) {

        /** The change that began {@code epoch}. */
        public Entry(State from, State to, long epoch, String reason, long ageMillis) {
            this(from, to, epoch, 0, reason, ageMillis);
        }

        /** Where it stands among its service's changes: the same for every tale of it. */
        public double place() {
            return epoch + (double) turn / MOST_TURNS;
        }
    }

    /** Adds what is not there yet. Completes exceptionally when the store does not answer; adding again does no harm. */
    CompletionStage<?> add(String service, List<Entry> entries);

    /** Oldest first. */
    CompletionStage<List<Entry>> read(String service);
}
