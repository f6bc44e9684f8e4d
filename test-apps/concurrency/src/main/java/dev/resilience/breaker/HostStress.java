package dev.resilience.breaker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import dev.resilience.store.LocalStore;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** A call asks for the circuit of its host while the service goes. */
public final class HostStress {

    private static final Map<String, BreakerSettings> THERE = Map.of(StillCircuit.SERVICE, BreakerSettings.DEFAULTS);

    private HostStress() {}

    /** Results read {@code circuits left}. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "gone with its service, or never made")
    @State
    public static class OfAServiceThatGoesNoHostIsLeftBehind {

        private final CircuitRegistry registry = registry();

        @Actor
        public void call() {
            registry.at(StillCircuit.SERVICE, "host");
        }

        @Actor
        public void reload() {
            registry.apply(Map.of());
        }

        @Arbiter
        public void look(I_Result result) {
            result.r1 = registry.all().size();
        }
    }

    /** Results read {@code circuits left, whether the host's is its service's}. */
    @JCStressTest
    @Outcome(id = "2, true", expect = ACCEPTABLE, desc = "the service that came again, and its host")
    @State
    public static class OfAServiceThatComesAgainNoHostBelongsToTheOldOne {

        private final CircuitRegistry registry = registry();

        @Actor
        public void call() {
            registry.at(StillCircuit.SERVICE, "host");
        }

        @Actor
        public void reload() {
            registry.apply(Map.of());
            registry.apply(THERE);
        }

        @Arbiter
        public void look(IZ_Result result) {
            ServiceCircuit host = Objects.requireNonNull(registry.at(StillCircuit.SERVICE, "host"));
            result.r1 = registry.all().size();
            for (int call = 0; call < 5; call++) {
                host.settle(host.tryAcquire(), dev.resilience.breaker.Outcome.FAILURE, StillCircuit.FAST_NANOS);
            }
            result.r2 = host.state() == dev.resilience.breaker.State.OPEN;
        }
    }

    private static CircuitRegistry registry() {
        CircuitRegistry registry = new CircuitRegistry(
                new LocalStore(() -> 1_000_000_000L, () -> 0),
                "stressed",
                StillCircuit.NOBODY,
                () -> 1_000_000_000L,
                () -> 0);
        registry.apply(THERE);
        return registry;
    }
}
