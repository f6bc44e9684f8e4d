package dev.resilience.testapps.benchmarks;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.ServiceCircuit;
import dev.resilience.breaker.State;
import dev.resilience.config.Mode;
import dev.resilience.store.LocalStore;
import java.util.Map;
import java.util.concurrent.Executors;

/** The agent's own circuits, in the states that are measured. Their reports go to a store in this JVM. */
final class OwnCircuits {

    static final String SERVICE = "calcom";

    private static final long HOUR_MILLIS = 3_600_000;

    private OwnCircuits() {}

    static ServiceCircuit alwaysClosed() {
        return registry(settings(Integer.MAX_VALUE)).find(SERVICE);
    }

    static ServiceCircuit open() {
        ServiceCircuit circuit = registry(settings(5)).find(SERVICE);
        for (int i = 0; i < 5; i++) {
            circuit.settle(circuit.tryAcquire(), Outcome.FAILURE, 1_000, -1);
        }
        if (circuit.state() != State.OPEN) {
            throw new IllegalStateException("should be OPEN, is " + circuit.state());
        }
        return circuit;
    }

    static CircuitRegistry registry(BreakerSettings settings) {
        CircuitRegistry registry =
                new CircuitRegistry(new LocalStore(), "benchmark", Executors.newSingleThreadScheduledExecutor(task -> {
                    Thread thread = new Thread(task, "circuits");
                    thread.setDaemon(true);
                    return thread;
                }));
        registry.apply(Map.of(SERVICE, settings));
        registry.start();
        return registry;
    }

    /** The documented defaults, but for the threshold, and OPEN for an hour. */
    static BreakerSettings settings(int failureThreshold) {
        BreakerSettings defaults = BreakerSettings.DEFAULTS;
        return new BreakerSettings(
                failureThreshold,
                defaults.failureRate(),
                defaults.eitherOpens(),
                defaults.windowMillis(),
                HOUR_MILLIS,
                defaults.halfOpenQuota(),
                defaults.successThreshold(),
                defaults.halfOpenTimeoutMillis(),
                defaults.minimumCalls(),
                defaults.slowNanos(),
                defaults.slowRate(),
                defaults.timeoutGrowth(),
                HOUR_MILLIS,
                HOUR_MILLIS,
                defaults.minInstances(),
                defaults.rampUpMillis(),
                Mode.ENFORCE);
    }
}
