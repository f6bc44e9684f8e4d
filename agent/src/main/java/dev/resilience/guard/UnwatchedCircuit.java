package dev.resilience.guard;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.CircuitView;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Permit;
import dev.resilience.breaker.State;
import dev.resilience.config.Mode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands for the circuit of a service that the configuration has no more, while calls that were taken in charge for it are
 * still to be made: it lets each through, and rests after one that failed. Thread-safe.
 */
final class UnwatchedCircuit implements Circuit {

    private static final Permit GRANTED = new Passing();

    /** Others may still have the service, and its circuit keep them from asking at all. */
    private static final long REST_MILLIS = 60_000;

    private final String service;
    private final LongSupplier epochMillis;
    private volatile long restsUntil = Long.MIN_VALUE;

    /** @param epochMillis Unix milliseconds */
    UnwatchedCircuit(String service, LongSupplier epochMillis) {
        this.service = service;
        this.epochMillis = epochMillis;
    }

    @Override
    public String service() {
        return service;
    }

    @Override
    public State state() {
        return epochMillis.getAsLong() < restsUntil ? State.OPEN : State.CLOSED;
    }

    @Override
    public Mode mode() {
        return Mode.DISABLED;
    }

    @Override
    public @Nullable ModeOrder order() {
        return null;
    }

    @Override
    public long retryAfterMillis() {
        return 0;
    }

    @Override
    public Permit tryAcquire() {
        return GRANTED;
    }

    @Override
    public CompletionStage<Permit> tryAcquireAsync() {
        return CompletableFuture.completedStage(GRANTED);
    }

    @Override
    public void settle(Permit permit, Outcome outcome, long durationNanos, long retryAfterMillis) {
        if (outcome == Outcome.FAILURE) {
            restsUntil = epochMillis.getAsLong() + Math.max(REST_MILLIS, retryAfterMillis);
        }
    }

    @Override
    public CircuitView view() {
        throw new UnsupportedOperationException(service + " has no figures");
    }

    @Override
    public CompletionStage<CircuitView> reset(String who) {
        return CompletableFuture.failedStage(new UnsupportedOperationException(service + " has no circuit"));
    }

    private record Passing() implements Permit {

        @Override
        public boolean granted() {
            return true;
        }

        @Override
        public boolean trial() {
            return false;
        }

        @Override
        public State state() {
            return State.CLOSED;
        }

        @Override
        public long epoch() {
            return 0;
        }

        @Override
        public long retryAfterMillis() {
            return 0;
        }
    }
}
