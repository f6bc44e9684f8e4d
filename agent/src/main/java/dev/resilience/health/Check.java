package dev.resilience.health;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** One way to ask a dependency whether it is there. At most one question is open at a time. */
interface Check extends AutoCloseable {

    /** {@code http}, {@code sql} or {@code redis}. */
    String kind();

    /** What is asked, without credentials. */
    String target();

    /**
     * Asks. Never waits and never throws; completes on any thread, exceptionally when the service is down, with
     * {@link NotYet} when that cannot be told.
     *
     * @param timeout after which the asker stops listening and calls {@link #giveUp()}
     */
    CompletionStage<?> ask(Duration timeout);

    /** Nobody listens any more: free what the open question holds. */
    void giveUp();

    @Override
    void close();

    /** There is nothing to ask yet, which says nothing of the service. */
    final class NotYet extends Exception {

        private static final long serialVersionUID = 1L;

        NotYet(String message) {
            super(message, null, false, false);
        }
    }

    /** The service answered, and badly. The message names what it said and is shown to people. */
    final class Down extends Exception {

        private static final long serialVersionUID = 1L;

        Down(String message) {
            super(message, null, false, false);
        }
    }
}
