package dev.resilience.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an instance tells that comes when its fleet has been there for long. */
class JoiningTest {

    private static final BreakerSettings SETTINGS = BreakerSettings.DEFAULTS;

    private static final Duration HOURS = Duration.ofHours(2);

    private final SimulatedFleet fleet = new SimulatedFleet(2, SETTINGS, 42);
    private final List<Transition> changes = new ArrayList<>();
    private final List<Found> found = new ArrayList<>();

    @Test
    void finds_open_what_was_open_and_tells_of_no_change() {
        open();
        fleet.forward(20_000);
        SimulatedFleet.Instance late = join();
        assertThat(late.circuit.state()).isEqualTo(State.OPEN);
        assertThat(changes).isEmpty();
        assertThat(found).singleElement().satisfies(what -> {
            assertThat(what.service()).isEqualTo(SimulatedFleet.SERVICE);
            assertThat(what.state()).isEqualTo(State.OPEN);
            assertThat(what.epoch()).isEqualTo(1);
            assertThat(what.reason()).isEqualTo("5 of 5 calls failed");
            assertThat(what.sinceMillis()).isBetween(20_000L, 22_000L);
            assertThat(what.words()).matches("OPEN for 2[0-2] s, 5 of 5 calls failed");
        });
        assertThat(late.circuit.view().sinceMillis()).isBetween(20_000L, 23_000L);
        assertThat(late.circuit.view().retryAfterMillis()).isBetween(37_000L, 40_000L);
    }

    @Test
    void tells_of_what_changes_afterwards() {
        open();
        join();
        fleet.forward(60_000);
        assertThat(changes).singleElement().satisfies(change -> {
            assertThat(change.from()).isEqualTo(State.OPEN);
            assertThat(change.to()).isEqualTo(State.HALF_OPEN);
            assertThat(change.reason()).isEqualTo("the open time is over");
        });
    }

    @Test
    void finds_half_open_what_was_half_open() {
        open();
        fleet.forward(61_000);
        join();
        assertThat(changes).isEmpty();
        assertThat(found).extracting(Found::state).containsExactly(State.HALF_OPEN);
    }

    @Test
    void says_nothing_of_a_circuit_that_is_closed() {
        fleet.forward(5_000);
        join();
        assertThat(changes).isEmpty();
        assertThat(found).isEmpty();
    }

    @Test
    void finds_what_was_ordered() {
        fleet.forward(1_000);
        fleet.instances.get(0).registry.mode(SimulatedFleet.SERVICE, Mode.FORCED_OPEN, null, "works", "ada");
        fleet.forward(5_000);
        SimulatedFleet.Instance late = join();
        assertThat(late.circuit.state()).isEqualTo(State.OPEN);
        assertThat(changes).isEmpty();
        assertThat(found)
                .singleElement()
                .satisfies(what ->
                        assertThat(what.reason()).startsWith("mode forced_open").contains("ada"));
    }

    @Test
    void what_it_orders_itself_is_a_change() {
        SimulatedFleet.Instance late = listening();
        late.registry.mode(SimulatedFleet.SERVICE, Mode.FORCED_OPEN, null, "works", "ada");
        fleet.forward(2_000);
        assertThat(changes).extracting(Transition::to).containsExactly(State.OPEN);
        assertThat(found).isEmpty();
    }

    @ParameterizedTest(name = "{0} ms ahead")
    @ValueSource(longs = {3_600_000, -3_600_000})
    void a_mode_ends_when_it_was_said_to_though_a_newcomer_met_another_servers_clock_first(long aheadMillis) {
        fleet.forward(1_000);
        fleet.instances.get(0).registry.mode(SimulatedFleet.SERVICE, Mode.FORCED_OPEN, HOURS, "works", "ada");
        fleet.forward(1_000);
        List<SimulatedFleet.Instance> old = List.copyOf(fleet.instances);
        old.forEach(instance -> instance.cut(true));
        fleet.failOverToAClock(aheadMillis);
        join();
        fleet.forward(3_000);
        old.forEach(instance -> instance.cut(false));
        fleet.forward(5_000);
        for (SimulatedFleet.Instance instance : fleet.instances) {
            assertThat(instance.circuit.state()).isEqualTo(State.OPEN);
            assertThat(instance.circuit.order().remainingMillis())
                    .isBetween(HOURS.toMillis() - 15_000, HOURS.toMillis());
        }
    }

    /** It decided before it heard anything: that was a change here. */
    @Test
    void what_it_earned_before_the_first_word_is_a_change() {
        open();
        SimulatedFleet.Instance late = listening();
        for (int i = 0; i < 5; i++) {
            late.call(Outcome.FAILURE, 0);
        }
        fleet.forward(2_000);
        assertThat(late.circuit.state()).isEqualTo(State.OPEN);
        assertThat(changes).extracting(Transition::from, Transition::to).hasSize(1);
        assertThat(found).isEmpty();
    }

    private void open() {
        fleet.forward(1_000);
        for (int i = 0; i < 5; i++) {
            fleet.instances.get(0).call(Outcome.FAILURE, 0);
        }
        fleet.forward(1_000);
        assertThat(fleet.storeState()).isEqualTo(State.OPEN);
    }

    private SimulatedFleet.Instance join() {
        SimulatedFleet.Instance late = listening();
        fleet.forward(1_500);
        return late;
    }

    private SimulatedFleet.Instance listening() {
        SimulatedFleet.Instance late = fleet.join();
        late.registry.addListener(new TransitionListener() {
            @Override
            public void onTransition(Transition transition) {
                changes.add(transition);
            }

            @Override
            public void onFound(Found what) {
                found.add(what);
            }
        });
        return late;
    }
}
