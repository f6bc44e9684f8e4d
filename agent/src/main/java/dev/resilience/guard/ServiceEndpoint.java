package dev.resilience.guard;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.InFlightLimit;
import dev.resilience.breaker.State;
import dev.resilience.config.Mode;
import dev.resilience.config.ServiceConfig.FallbackOn;
import dev.resilience.fallback.FallbackChain;
import dev.resilience.metrics.CallRecorder.EndpointRecorder;
import dev.resilience.telemetry.CallTracer;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint with everything its calls need at hand.
 *
 * @param perHost whether each host has a circuit of its own
 * @param dependencies circuits that send this endpoint's calls to the fallback chain while they are OPEN
 * @param retry null for none
 * @param limit of the whole service; null for none
 * @param nanoTime the monotonic clock, nanoseconds
 */
record ServiceEndpoint(
        String service,
        String name,
        boolean perHost,
        Circuit circuit,
        List<Circuit> dependencies,
        FailureRules failures,
        FallbackChain chain,
        Set<FallbackOn> fallbackOn,
        @Nullable RetryPolicy retry,
        @Nullable InFlightLimit limit,
        long deadlineMillis,
        EndpointRecorder recorder,
        CallTracer tracer,
        LongSupplier nanoTime)
        implements Endpoint {

    @Override
    public boolean hasFallback() {
        return !chain.isEmpty();
    }

    @Override
    public boolean repeats() {
        return retry != null;
    }

    /** The same endpoint with another circuit. */
    ServiceEndpoint with(Circuit other) {
        return new ServiceEndpoint(
                service,
                name,
                perHost,
                other,
                dependencies,
                failures,
                chain,
                fallbackOn,
                retry,
                limit,
                deadlineMillis,
                recorder,
                tracer,
                nanoTime);
    }

    /** The same endpoint for attempts to connect: counted like its calls, but neither answered nor repeated. */
    ServiceEndpoint forConnecting() {
        return new ServiceEndpoint(
                service,
                name,
                perHost,
                circuit,
                dependencies,
                failures,
                FallbackChain.EMPTY,
                fallbackOn,
                null,
                null,
                deadlineMillis,
                recorder,
                tracer,
                nanoTime);
    }

    boolean answersRejections() {
        return hasFallback() && fallbackOn.contains(FallbackOn.REJECTED) && interferes();
    }

    boolean answersFailures() {
        return hasFallback() && fallbackOn.contains(FallbackOn.FAILED) && interferes();
    }

    /** Whether good answers are worth keeping: also while only watching, so that they are there when it gets serious. */
    boolean keepsAnswers() {
        return hasFallback() && circuit.mode() != Mode.DISABLED;
    }

    /** Whether a call would be rejected at this moment, as far as can be told without asking for a permit. */
    boolean open() {
        return interferes() && (circuit.state() == State.OPEN || openDependency() != null);
    }

    /** A dependency that keeps calls from being made, or null. */
    @Nullable
    Circuit openDependency() {
        if (dependencies.isEmpty() || !interferes()) {
            return null;
        }
        for (Circuit dependency : dependencies) {
            if (dependency.state() == State.OPEN) {
                return dependency;
            }
        }
        return null;
    }

    /** {@code monitor} watches and {@code disabled} does not even that: what the caller gets is its own call's result. */
    boolean interferes() {
        Mode mode = circuit.mode();
        return mode != Mode.MONITOR && mode != Mode.DISABLED;
    }
}
