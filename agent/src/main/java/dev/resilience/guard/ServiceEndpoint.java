package dev.resilience.guard;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.InFlightLimit;
import dev.resilience.breaker.State;
import dev.resilience.config.Mode;
import dev.resilience.config.ServiceConfig.FallbackOn;
import dev.resilience.fallback.FallbackChain;
import dev.resilience.fallback.StaleCache;
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
 * @param dependencies circuits, direct or not, that send this endpoint's calls to the fallback chain while they are OPEN; of a
 *     {@code per: host} dependency its own, not those of its hosts: one bad host does not switch off all who use the others
 * @param retry null for none
 * @param repeatsAnything whether the rule says that its calls may be made twice, whatever their method
 * @param limit of the whole service; null for none
 * @param addresses to be told of those that calls change; null where nothing is kept of any
 * @param lendsConnections see {@link Endpoint#lendsConnections()}
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
        boolean repeatsAnything,
        @Nullable InFlightLimit limit,
        long deadlineMillis,
        @Nullable ChangedAddresses addresses,
        boolean lendsConnections,
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

    @Override
    public Set<String> pureFunctions() {
        StaleCache cache = chain.staleCache();
        return cache == null ? Set.of() : cache.pure();
    }

    @Override
    public boolean passes() {
        return !interferes() || (circuit.state() == State.CLOSED && openDependency() == null);
    }

    @Override
    public boolean rejects() {
        return open();
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
                repeatsAnything,
                limit,
                deadlineMillis,
                addresses,
                lendsConnections,
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
                false,
                null,
                deadlineMillis,
                addresses,
                lendsConnections,
                recorder,
                tracer,
                nanoTime);
    }

    @Override
    public Endpoint unanswered() {
        return forConnecting();
    }

    boolean answersRejections() {
        return hasFallback() && fallbackOn.contains(FallbackOn.REJECTED) && interferes();
    }

    @Override
    public boolean answersFailures() {
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
            if (dependency.shuts()) {
                return dependency;
            }
        }
        return null;
    }

    /** Otherwise what the caller gets is its own call's result. */
    boolean interferes() {
        return circuit.mode().interferes();
    }
}
