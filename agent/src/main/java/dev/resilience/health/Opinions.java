package dev.resilience.health;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Asks other instances of the fleet what they think of a service, so that one whose own network is broken does not speak for
 * all. Thread-safe; no method waits.
 */
public interface Opinions {

    /**
     * What others said.
     *
     * @param others how many instances were there to be asked, as far as known
     * @param up their verdicts, a few at most
     */
    record Heard(int others, List<Boolean> up) {

        /** Whether the service is down for all: somebody agrees, or nobody else is there, and nobody finds it up. */
        public boolean confirmsDown() {
            return !up.contains(true) && (others == 0 || up.contains(false));
        }
    }

    /** Nobody else is there. */
    Opinions ALONE = new Opinions() {
        @Override
        public CompletionStage<Heard> ask(String service, Duration patience) {
            return CompletableFuture.completedFuture(new Heard(0, List.of()));
        }

        @Override
        public void answer(Function<String, CompletionStage<Boolean>> probe) {
            // Nobody asks.
        }
    };

    /** Completes normally always, at the latest after {@code patience}. */
    CompletionStage<Heard> ask(String service, Duration patience);

    /** @param probe asks a service whether it is up; fails where this instance cannot tell */
    void answer(Function<String, CompletionStage<Boolean>> probe);
}
