package dev.resilience.health;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** For an instance without a fleet: it holds every duty itself. */
public final class LocalLeases implements Leases {

    @Override
    public CompletionStage<Long> hold(String duty, Duration ttl) {
        return CompletableFuture.completedFuture(OWN);
    }
}
