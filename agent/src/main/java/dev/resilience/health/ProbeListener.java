package dev.resilience.health;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Told of every probe that this instance made, on a thread of the agent's, outside all locks. */
@FunctionalInterface
public interface ProbeListener {

    void onProbe(ProbeResult result);

    /**
     * The last answer of the instance that probes for the fleet. Completes normally always, with null when none is known.
     *
     * @param within how old it may be
     */
    default CompletionStage<ProbeHistory.@Nullable Entry> latest(String service, Duration within) {
        return CompletableFuture.completedFuture(null);
    }
}
