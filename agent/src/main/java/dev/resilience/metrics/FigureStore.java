package dev.resilience.metrics;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Keeps what was measured, minute by minute, for 24 hours. Thread-safe; no method waits. What several writers add for one
 * minute is one sum: a reader cannot tell them apart, and memory does not grow with their number.
 */
public interface FigureStore {

    /** How far back answers go. */
    Duration KEPT = Duration.ofHours(24);

    /** How finely time is cut. */
    enum Step {
        MINUTE(60_000),
        TEN_MINUTES(600_000);

        private final long millis;

        Step(long millis) {
            this.millis = millis;
        }

        public long millis() {
            return millis;
        }

        /** The start of the stretch that a moment falls into. */
        public long floor(long atMillis) {
            return Math.floorDiv(atMillis, millis) * millis;
        }
    }

    /**
     * A writer's share of one service's minute.
     *
     * @param writer one life of one instance
     * @param sequence grows by one with each batch of a writer and service; the last batch, added again, changes nothing
     * @param ageMillis how long ago it was measured: hosts' clocks are not compared
     */
    record Batch(String writer, long sequence, long ageMillis, List<EndpointFigures> figures) {}

    /**
     * Adds a batch. Completes exceptionally when the store does not answer; the batch may then be there or not, and is
     * added again.
     *
     * @return how many batches of this service came in the minute before, from all writers
     */
    CompletionStage<Long> add(String service, Batch batch);

    /**
     * What was measured from {@code window} ago, rounded down to the step, until now: oldest first, and only stretches in
     * which there was a call.
     */
    CompletionStage<List<Span>> read(String service, Duration window, Step step);
}
