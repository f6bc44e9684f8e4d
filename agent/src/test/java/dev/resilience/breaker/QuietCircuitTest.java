package dev.resilience.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A circuit that nobody in the fleet calls wakes nobody up, and is itself awake with the first call. */
class QuietCircuitTest {

    private final SimulatedFleet fleet = new SimulatedFleet(1, BreakerSettings.DEFAULTS, 42);
    private final SimulatedFleet.Instance one = fleet.instances.get(0);

    @Test
    void it_is_looked_at_no_more_often_than_it_is_reported() {
        fleet.forward(70_000);
        long reports = fleet.reports;
        long tasks = fleet.time.tasksRun();
        fleet.forward(60_000);
        assertThat(fleet.reports - reports).isBetween(19L, 21L);
        // A look, the report on its way, and the answer on its way.
        assertThat(fleet.time.tasksRun() - tasks).isLessThanOrEqualTo(3 * 21);
    }

    @ParameterizedTest(name = "called {0} ms after two minutes")
    @ValueSource(longs = {0, 500, 1_000, 1_500, 2_000, 2_500})
    void after_its_first_call_the_next_is_told_within_a_second_again(long millis) {
        fleet.forward(120_000 + millis);
        one.call(Outcome.SUCCESS, 0);
        fleet.forward(300);
        assertThat(one.circuit.view().successes()).isEqualTo(1);
        one.call(Outcome.SUCCESS, 0);
        fleet.forward(1_300);
        assertThat(one.circuit.view().successes()).isEqualTo(2);
    }

    /** Nothing of its calls is told then. */
    @Test
    void one_whose_store_is_away_is_not_taken_for_quiet() {
        fleet.serverUp(false);
        fleet.forward(3_000);
        for (int second = 0; second < 70; second++) {
            one.call(Outcome.SUCCESS, 0);
            fleet.forward(1_000);
        }
        assertThat(one.circuit.isQuiet()).isFalse();
    }
}
