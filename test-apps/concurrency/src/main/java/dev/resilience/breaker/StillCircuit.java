package dev.resilience.breaker;

import dev.resilience.store.LocalStore;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;

/**
 * A circuit over a store in this JVM, under a clock and a scheduler that stand still: what happens to it, the actors of a
 * stress test did.
 */
final class StillCircuit {

    static final String SERVICE = "calcom";
    static final long FAST_NANOS = 1_000;
    static final long SLOW_NANOS = 1_000_000;

    static final ScheduledExecutorService NOBODY = (ScheduledExecutorService) Proxy.newProxyInstance(
            StillCircuit.class.getClassLoader(), new Class<?>[] {ScheduledExecutorService.class}, (p, m, a) -> null);

    final LocalStore store = new LocalStore(this::nanos, this::nanos);
    final BreakerSettings settings;
    final ServiceCircuit circuit;
    private volatile long nanos = 1_000_000_000L;

    private StillCircuit(BreakerSettings settings) {
        this.settings = settings;
        CircuitRegistry registry = new CircuitRegistry(store, "stressed", NOBODY, this::nanos, this::nanos);
        registry.apply(Map.of(SERVICE, settings));
        registry.start();
        this.circuit = Objects.requireNonNull(registry.find(SERVICE));
    }

    /** CLOSED, and opened by so many failures, whatever their share. */
    static StillCircuit closed(int failureThreshold) {
        return new StillCircuit(settings(failureThreshold, 1, 1, 1, Long.MAX_VALUE));
    }

    /** CLOSED for good, following its calls because they may be slow. */
    static StillCircuit watchful() {
        return new StillCircuit(settings(Integer.MAX_VALUE, Integer.MAX_VALUE, 1, 1, SLOW_NANOS));
    }

    /** HALF_OPEN, in its second epoch. */
    static StillCircuit halfOpen(int quota, int successThreshold) {
        StillCircuit still = new StillCircuit(settings(1, 1, quota, successThreshold, Long.MAX_VALUE));
        still.fail();
        still.pass(still.settings.timeoutMillis());
        // Nobody spoke for so long that no permit is given at once.
        still.pass(BreakerStore.HOLD_OFF_MILLIS);
        return still;
    }

    /** Lets time pass, and the circuit notice. */
    void pass(long millis) {
        nanos += millis * 1_000_000L;
        circuit.view();
    }

    /** @return the epoch in which the failed call began */
    long fail() {
        Permit permit = circuit.tryAcquire();
        if (permit.granted()) {
            circuit.settle(permit, Outcome.FAILURE, FAST_NANOS, -1);
        }
        return permit.epoch();
    }

    /** What the store holds for true: asked for a permit of an epoch that never was. */
    Snapshot stored() {
        return store.acquire(SERVICE, settings, -1, "nobody")
                .toCompletableFuture()
                .join()
                .snapshot();
    }

    private long nanos() {
        return nanos;
    }

    private static BreakerSettings settings(
            int failureThreshold, int minimumCalls, int quota, int successThreshold, long slowNanos) {
        BreakerSettings d = BreakerSettings.DEFAULTS;
        return new BreakerSettings(
                failureThreshold,
                0.1,
                false,
                d.windowMillis(),
                d.timeoutMillis(),
                quota,
                successThreshold,
                d.halfOpenTimeoutMillis(),
                minimumCalls,
                slowNanos,
                1.0,
                d.timeoutGrowth(),
                d.longestTimeoutMillis(),
                d.longestRetryAfterMillis(),
                d.minInstances(),
                d.rampUpMillis(),
                d.mode());
    }
}
