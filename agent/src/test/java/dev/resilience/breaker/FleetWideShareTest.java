package dev.resilience.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The share of failures is the fleet's, whoever sees them. */
class FleetWideShareTest {

    private final SimulatedFleet fleet = new SimulatedFleet(2, BreakerSettings.DEFAULTS, 42);
    private final SimulatedFleet.Instance well = fleet.instances.get(0);
    private final SimulatedFleet.Instance sick = fleet.instances.get(1);

    @ParameterizedTest(name = "quiet for {0} ms before")
    @ValueSource(longs = {2_000, 120_000})
    void what_succeeds_elsewhere_counts_before_an_instance_opens_for_all(long quietMillis) {
        fleet.forward(quietMillis);
        succeed(well, 20);
        fleet.forward(300);
        fail(sick, 19);
        fleet.forward(1_500);
        assertThat(sick.circuit.view().failures()).isEqualTo(19);
        assertThat(sick.circuit.view().successes()).isEqualTo(20);
        assertThat(well.circuit.state()).isEqualTo(State.CLOSED);
        assertThat(sick.circuit.state()).isEqualTo(State.CLOSED);
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);

        fail(sick, 1);
        fleet.forward(1_500);
        assertThat(fleet.storeState()).isEqualTo(State.OPEN);
        assertThat(sick.circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void an_instance_that_is_alone_with_its_failures_opens_with_the_last_of_them() {
        fleet.forward(2_000);
        for (int i = 0; i < 5; i++) {
            assertThat(sick.circuit.state()).isEqualTo(State.CLOSED);
            sick.call(Outcome.FAILURE, 0);
            // Less than an answer of the store takes.
            fleet.forward(1);
        }
        assertThat(sick.circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void without_the_store_an_instance_has_only_its_own_calls_to_go_by() {
        fleet.forward(2_000);
        succeed(well, 20);
        fleet.forward(2_000);
        sick.cut(true);
        fleet.forward(5_000);
        fail(sick, 5);
        assertThat(sick.circuit.state()).isEqualTo(State.OPEN);
        assertThat(well.circuit.state()).isEqualTo(State.CLOSED);
    }

    private static void succeed(SimulatedFleet.Instance instance, int times) {
        for (int i = 0; i < times; i++) {
            instance.call(Outcome.SUCCESS, 0);
        }
    }

    private void fail(SimulatedFleet.Instance instance, int times) {
        for (int i = 0; i < times; i++) {
            instance.call(Outcome.FAILURE, 0);
            fleet.forward(250);
        }
    }
}
