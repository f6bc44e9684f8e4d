package dev.resilience.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.Mode;
import dev.resilience.store.Settings;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What instances agree on when their store is back, after they went on by themselves. */
class RejoiningTest {

    private static final long OPEN_MILLIS = BreakerSettings.DEFAULTS.openMillis(0, -1, 0);

    private static final ModeOrder KEPT = new ModeOrder(Mode.FORCED_CLOSED, "works", "ada", 7, ModeOrder.ENDLESS);

    private final SimulatedFleet fleet = new SimulatedFleet(2, BreakerSettings.DEFAULTS, 42);
    private final SimulatedFleet.Instance one = fleet.instances.get(0);
    private final SimulatedFleet.Instance other = fleet.instances.get(1);

    @Test
    void who_is_half_open_by_itself_follows_a_recovery_of_the_others_to_an_empty_store() {
        fleet.forward(1_000);
        fail(one);
        fleet.forward(1_000);
        fleet.serverUp(false);
        fleet.forward(OPEN_MILLIS);
        assertThat(one.circuit.state()).isEqualTo(State.HALF_OPEN);
        assertThat(other.circuit.state()).isEqualTo(State.HALF_OPEN);
        succeed(one);
        assertThat(one.circuit.state()).isEqualTo(State.CLOSED);

        other.cut(true);
        fleet.wipe();
        fleet.serverUp(true);
        fleet.forward(2_000);
        other.cut(false);
        fleet.forward(2_000);
        assertThat(other.circuit.state()).isEqualTo(State.CLOSED);
        assertThat(other.circuit.view().epoch()).isEqualTo(one.circuit.view().epoch());
    }

    @Test
    void what_who_was_cut_off_opened_is_kept_for_its_time_and_then_the_fleet_is_followed() {
        fleet.forward(1_000);
        other.cut(true);
        fail(one);
        fleet.forward(OPEN_MILLIS + 1_000);
        succeed(one);
        fleet.forward(1_000);
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
        fail(other);
        other.cut(false);
        fleet.forward(OPEN_MILLIS - 1_000);
        assertThat(other.circuit.state()).isEqualTo(State.OPEN);
        assertThat(one.circuit.state()).isEqualTo(State.CLOSED);
        fleet.forward(3_000);
        assertThat(other.circuit.state()).isEqualTo(State.CLOSED);
    }

    /** The flaw of epochs that who is cut off counts on by itself. */
    @Test
    void who_recovered_while_cut_off_closes_nothing_that_the_others_opened_meanwhile() {
        fleet.forward(1_000);
        cutOff(other);
        fail(other);
        fleet.forward(OPEN_MILLIS + 1_000);
        succeed(other);
        assertThat(other.circuit.state()).isEqualTo(State.CLOSED);
        assertThat(other.circuit.view().epoch()).isEqualTo(3);
        fail(one);
        fleet.forward(1_000);
        other.cut(false);
        for (int second = 0; second < 50; second++) {
            fleet.forward(1_000);
            assertThat(fleet.storeState()).isEqualTo(State.OPEN);
            assertThat(one.circuit.state()).isEqualTo(State.OPEN);
        }
        assertThat(other.circuit.state()).isEqualTo(State.OPEN);
        assertThat(other.circuit.view().epoch()).isEqualTo(one.circuit.view().epoch());
    }

    @Test
    void who_failed_again_and_again_while_cut_off_opens_no_fleet_that_recovered_meanwhile() {
        fleet.forward(1_000);
        cutOff(other);
        fail(other);
        fail(one);
        for (int trial = 0; trial < 3; trial++) {
            fleet.forward(OPEN_MILLIS + 2_000);
            other.call(Outcome.FAILURE, 0);
            succeed(one);
        }
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
        assertThat(other.circuit.state()).isEqualTo(State.OPEN);
        other.cut(false);
        for (int second = 0; second < 50; second++) {
            fleet.forward(1_000);
            assertThat(one.circuit.state()).isEqualTo(State.CLOSED);
            assertThat(other.circuit.state()).isEqualTo(State.OPEN);
        }
        fleet.forward(15_000);
        assertThat(other.circuit.state()).isEqualTo(State.CLOSED);
        assertThat(other.circuit.view().epoch()).isEqualTo(one.circuit.view().epoch());
    }

    @Test
    void who_keeps_an_open_for_itself_keeps_it_also_while_the_others_wait_for_trials() {
        fleet.forward(1_000);
        cutOff(other);
        one.circuit.reset("ada");
        fleet.forward(1_000);
        fail(other);
        other.cut(false);
        fleet.forward(3_000);
        assertThat(one.circuit.state()).isEqualTo(State.CLOSED);
        assertThat(other.circuit.state()).isEqualTo(State.OPEN);
        fleet.failOverToWhatWas(State.HALF_OPEN, 5, 200_000);
        fleet.forward(2_000);
        assertThat(one.circuit.state()).isEqualTo(State.HALF_OPEN);
        fleet.forward(OPEN_MILLIS - 7_000);
        assertThat(other.circuit.state()).isEqualTo(State.OPEN);
        fleet.forward(4_000);
        assertThat(other.circuit.state()).isEqualTo(State.HALF_OPEN);
        assertThat(other.circuit.view().epoch()).isEqualTo(one.circuit.view().epoch());
    }

    @Test
    void what_who_was_cut_off_opened_is_open_for_all_where_the_fleet_did_not_move_meanwhile() {
        fleet.forward(1_000);
        cutOff(other);
        fail(other);
        fleet.forward(1_000);
        other.cut(false);
        fleet.forward(2_000);
        assertThat(fleet.storeState()).isEqualTo(State.OPEN);
        assertThat(one.circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void a_trial_that_failed_while_the_store_was_away_reopens_what_waits_for_trials() {
        fleet.forward(1_000);
        fail(one);
        fleet.forward(1_000);
        cutOff(other);
        fleet.forward(OPEN_MILLIS);
        other.call(Outcome.FAILURE, 0);
        assertThat(fleet.storeState()).isEqualTo(State.HALF_OPEN);
        other.cut(false);
        fleet.forward(2_000);
        assertThat(fleet.storeState()).isEqualTo(State.OPEN);
        assertThat(one.circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void a_reset_that_who_was_cut_off_did_not_hear_of_closes_it_when_it_is_back() {
        fleet.forward(1_000);
        fail(one);
        fleet.forward(1_000);
        cutOff(other);
        one.circuit.reset("ada");
        fleet.forward(OPEN_MILLIS);
        assertThat(other.circuit.state()).isEqualTo(State.HALF_OPEN);
        other.cut(false);
        fleet.forward(2_000);
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
        assertThat(one.circuit.state()).isEqualTo(State.CLOSED);
        assertThat(other.circuit.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void what_was_open_for_all_is_closed_by_a_reset_also_for_who_did_not_hear_of_it() {
        fleet.forward(1_000);
        fail(one);
        fleet.forward(1_000);
        cutOff(other);
        one.circuit.reset("ada");
        fleet.forward(1_000);
        assertThat(other.circuit.state()).isEqualTo(State.OPEN);
        other.cut(false);
        fleet.forward(2_000);
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
        assertThat(other.circuit.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void and_so_where_it_is_the_first_that_speaks_to_a_server_whose_clock_is_ahead() {
        fleet.forward(1_000);
        fail(one);
        fleet.forward(1_000);
        cutOff(other);
        one.circuit.reset("ada");
        fleet.forward(1_000);
        one.cut(true);
        fleet.failOverToAClock(30_000);
        other.cut(false);
        fleet.forward(2_000);
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
        assertThat(other.circuit.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void only_a_reset_after_they_met_again_closes_what_who_was_cut_off_opened_for_itself_alone() {
        SimulatedFleet three = new SimulatedFleet(3, Settings.with(s -> s.minInstances = 2), 42);
        SimulatedFleet.Instance sick = three.instances.get(2);
        three.forward(1_000);
        sick.cut(true);
        three.forward(3_000);
        three.instances.get(0).circuit.reset("ada");
        fail(sick);
        three.forward(1_000);
        sick.cut(false);
        three.forward(10_000);
        assertThat(sick.circuit.state()).isEqualTo(State.OPEN);
        three.instances.get(0).circuit.reset("ada");
        three.forward(2_000);
        assertThat(sick.circuit.state()).isEqualTo(State.CLOSED);
    }

    /** Nobody decided anything for all meanwhile: the order in which they come back must not. */
    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void after_an_outage_for_all_the_newest_epoch_wins_whoever_is_back_first(boolean recoveredFirst, boolean wiped) {
        fleet.forward(1_000);
        fleet.serverUp(false);
        fleet.forward(3_000);
        fail(one);
        fail(other);
        fleet.forward(OPEN_MILLIS + 2_000);
        succeed(one);
        other.call(Outcome.FAILURE, 0);
        fleet.forward(1_000);
        assertThat(one.circuit.view().epoch()).isEqualTo(3);
        assertThat(other.circuit.view().epoch()).isEqualTo(3);
        fleet.forward(OPEN_MILLIS + 2_000);
        other.call(Outcome.FAILURE, 0);
        fleet.forward(1_000);
        assertThat(one.circuit.state()).isEqualTo(State.CLOSED);
        assertThat(other.circuit.state()).isEqualTo(State.OPEN);
        assertThat(other.circuit.view().epoch()).isEqualTo(5);

        SimulatedFleet.Instance late = recoveredFirst ? other : one;
        late.cut(true);
        if (wiped) {
            fleet.wipe();
        }
        fleet.serverUp(true);
        fleet.forward(5_000);
        late.cut(false);
        fleet.forward(2_000);
        assertThat(fleet.storeState()).isEqualTo(State.OPEN);
        assertThat(one.circuit.state()).isEqualTo(State.OPEN);
        assertThat(one.circuit.view().epoch()).isEqualTo(other.circuit.view().epoch());
    }

    /** Numbers say nothing: each side counted on from where they parted. */
    @Test
    void of_two_masters_that_both_answered_the_later_open_is_kept_though_the_other_side_counted_further() {
        fleet.forward(1_000);
        fleet.part(List.of(other));
        fleet.forward(2_000);
        fail(other);
        fleet.forward(OPEN_MILLIS + 1_000);
        succeed(other);
        fleet.forward(20_000);
        fail(one);
        fleet.forward(2_000);
        assertThat(one.circuit.state()).isEqualTo(State.OPEN);
        assertThat(other.circuit.state()).isEqualTo(State.CLOSED);
        assertThat(other.circuit.view().epoch())
                .isGreaterThan(one.circuit.view().epoch());
        fleet.reunite();
        staysOpenForAll();
        fleet.forward(1_000);
        assertThat(fleet.instances).allMatch(instance -> instance.circuit.state() == State.HALF_OPEN);
    }

    @Test
    void of_two_masters_that_both_answered_who_comes_with_the_later_open_keeps_it_for_its_time() {
        fleet.forward(1_000);
        fleet.part(List.of(other));
        fleet.forward(2_000);
        fail(one);
        fleet.forward(OPEN_MILLIS + 1_000);
        succeed(one);
        fleet.forward(20_000);
        fail(other);
        fleet.forward(2_000);
        fleet.reunite();
        fleet.forward(OPEN_MILLIS - 4_000);
        assertThat(other.circuit.state()).isEqualTo(State.OPEN);
        assertThat(one.circuit.state()).isEqualTo(State.CLOSED);
        fleet.forward(5_000);
        assertThat(other.circuit.state()).isEqualTo(State.CLOSED);
        assertThat(other.circuit.view().epoch()).isEqualTo(one.circuit.view().epoch());
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void of_two_masters_that_both_opened_in_the_same_epoch_each_stays_open_for_its_time(boolean staysWithTheLater) {
        SimulatedFleet.Instance late = staysWithTheLater ? one : other;
        fleet.forward(1_000);
        fleet.part(List.of(other));
        fleet.forward(2_000);
        fail(late == one ? other : one);
        fleet.forward(OPEN_MILLIS / 2);
        fail(late);
        fleet.forward(1_000);
        assertThat(one.circuit.view().epoch()).isEqualTo(other.circuit.view().epoch());
        fleet.reunite();
        staysOpenForAll();
        fleet.forward(2_000);
        assertThat(fleet.instances).allMatch(instance -> instance.circuit.state() == State.HALF_OPEN);
    }

    /** As long as what was opened a second or two before is to last. */
    private void staysOpenForAll() {
        fleet.forward(3_000);
        for (int second = 5; second < OPEN_MILLIS / 1_000; second++) {
            assertThat(fleet.storeState()).isEqualTo(State.OPEN);
            assertThat(fleet.instances).allMatch(instance -> instance.circuit.state() == State.OPEN);
            fleet.forward(1_000);
        }
    }

    /** What it reads then is as old as it stood still, and no answer comes before it loses its line. */
    @Test
    void who_stood_still_while_the_others_opened_lengthens_nothing_by_a_message_that_waited_for_it() {
        fleet.forward(1_000);
        other.freeze();
        fail(one);
        fleet.forward(OPEN_MILLIS / 2);
        other.thaw();
        assertThat(other.circuit.view().retryAfterMillis()).isGreaterThan(OPEN_MILLIS - 1_000);
        cutOff(other);
        other.cut(false);
        fleet.forward(1_000);
        assertThat(one.circuit.view().retryAfterMillis()).isLessThan(OPEN_MILLIS / 2);
        assertThat(other.circuit.view().retryAfterMillis()).isLessThan(OPEN_MILLIS / 2);
        fleet.forward(OPEN_MILLIS / 2 - 3_000);
        assertThat(fleet.instances).allMatch(instance -> instance.circuit.state() == State.HALF_OPEN);
    }

    @Test
    void who_stood_still_lengthens_nothing_by_an_answer_that_waited_for_it() {
        fleet.forward(1_000);
        fail(one);
        fleet.wiresTake(400);
        fleet.forward(5_000);
        assertThat(other.circuit.state()).isEqualTo(State.OPEN);
        other.freeze();
        fleet.forward(OPEN_MILLIS / 2);
        other.thaw();
        assertThat(other.circuit.view().retryAfterMillis()).isLessThan(OPEN_MILLIS / 2);
        cutOff(other);
        other.cut(false);
        fleet.forward(3_000);
        assertThat(one.circuit.view().retryAfterMillis()).isLessThan(OPEN_MILLIS / 2 - 5_000);
        assertThat(other.circuit.view().retryAfterMillis()).isLessThan(OPEN_MILLIS / 2 - 5_000);
    }

    @Test
    void of_two_masters_that_both_answered_an_open_that_is_kept_is_no_trial_of_the_other_side_that_failed() {
        SimulatedFleet growing = new SimulatedFleet(2, Settings.with(settings -> settings.timeoutGrowth = 2), 42);
        SimulatedFleet.Instance waiting = growing.instances.get(1);
        growing.forward(1_000);
        growing.part(List.of(waiting));
        growing.forward(2_000);
        fail(waiting);
        growing.forward(OPEN_MILLIS + 10_000);
        assertThat(waiting.circuit.state()).isEqualTo(State.HALF_OPEN);
        fail(growing.instances.get(0));
        growing.forward(1_000);
        growing.reunite();
        growing.forward(3_000);
        assertThat(waiting.circuit.state()).isEqualTo(State.OPEN);
        growing.forward(OPEN_MILLIS);
        assertThat(waiting.circuit.state()).isEqualTo(State.HALF_OPEN);
        waiting.call(Outcome.FAILURE, 0);
        growing.forward(1_000);
        assertThat(waiting.circuit.retryAfterMillis()).isBetween(2 * OPEN_MILLIS - 2_000, 3 * OPEN_MILLIS);
    }

    @Test
    void of_two_masters_that_both_answered_a_later_recovery_closes_what_the_other_side_opened_before() {
        fleet.forward(1_000);
        fleet.part(List.of(other));
        fleet.forward(2_000);
        fail(one);
        fail(other);
        fleet.forward(10_000);
        other.circuit.reset("ada");
        fleet.forward(10_000);
        fleet.reunite();
        fleet.forward(3_000);
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
        assertThat(one.circuit.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void who_hears_of_others_while_its_store_is_away_has_not_rejoined_them() {
        fleet.forward(1_000);
        other.hearsWhileAway(true);
        cutOff(other);
        fail(other);
        fleet.forward(OPEN_MILLIS + 1_000);
        succeed(other);
        fail(one);
        fleet.forward(OPEN_MILLIS + 2_000);
        assertThat(other.circuit.state()).isEqualTo(State.HALF_OPEN);
        succeed(other);
        other.call(Outcome.FAILURE, 0);
        fail(other);
        other.hearsWhileAway(false);
        fleet.forward(100);
        succeed(one);
        fleet.forward(1_000);
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
        assertThat(other.circuit.state()).isEqualTo(State.OPEN);
        other.cut(false);
        fleet.forward(3_000);
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
        assertThat(one.circuit.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void a_mode_that_a_slow_disk_tells_holds_while_the_store_says_nothing() {
        fleet.serverUp(false);
        SimulatedFleet.Instance late = fleet.join();
        fleet.forward(10_000);
        fail(late);
        fleet.forward(100);
        assertThat(late.circuit.state()).isEqualTo(State.OPEN);
        fleet.disk.complete(KEPT);
        assertThat(late.circuit.mode()).isEqualTo(Mode.FORCED_CLOSED);
    }

    @Test
    void a_mode_that_a_slow_disk_tells_after_the_store_did_is_not_taken() {
        fleet.serverUp(false);
        SimulatedFleet.Instance late = fleet.join();
        fleet.forward(10_000);
        fleet.serverUp(true);
        fleet.forward(2_000);
        fleet.disk.complete(KEPT);
        assertThat(late.circuit.mode()).isEqualTo(Mode.ENFORCE);
    }

    /** Both orders have the next number. */
    @Test
    void of_two_modes_that_were_ordered_in_two_places_without_a_store_one_holds_for_all() {
        fleet.forward(1_000);
        fleet.serverUp(false);
        one.call(Outcome.FAILURE, 0);
        other.call(Outcome.FAILURE, 0);
        fleet.forward(3_000);
        one.registry.mode(SimulatedFleet.SERVICE, Mode.FORCED_OPEN, null, "works", "ada");
        other.registry.mode(SimulatedFleet.SERVICE, Mode.MONITOR, Duration.ofHours(2), "a try", "bob");
        assertThat(one.circuit.mode()).isEqualTo(Mode.FORCED_OPEN);
        assertThat(other.circuit.mode()).isEqualTo(Mode.MONITOR);
        fleet.serverUp(true);
        fleet.forward(3_000);
        assertThat(other.circuit.mode()).isEqualTo(one.circuit.mode());
        assertThat(other.circuit.order().words()).isEqualTo(one.circuit.order().words());
        assertThat(fleet.join().circuit.state()).isNotNull();
        fleet.forward(1_000);
        assertThat(fleet.instances).allMatch(instance -> instance.circuit.mode() == one.circuit.mode());
    }

    @Test
    void a_mode_that_is_ordered_while_there_is_no_store_makes_what_is_closed_no_younger() {
        fleet.forward(1_000);
        fleet.serverUp(false);
        fleet.forward(60_000);
        one.registry.mode(SimulatedFleet.SERVICE, Mode.MONITOR, null, "a try", "ada");
        fleet.forward(1_000);
        fleet.wipe();
        other.cut(true);
        fleet.serverUp(true);
        fleet.forward(3_000);
        assertThat(one.circuit.mode()).isEqualTo(Mode.MONITOR);
        assertThat(fleet.closedFor(one)).isGreaterThan(60_000);
    }

    @Test
    void without_a_store_a_trial_that_hangs_keeps_the_next_back_no_longer_than_a_half_open() {
        SimulatedFleet alone = new SimulatedFleet(1, Settings.with(s -> s.halfOpenTimeoutMillis = 30_000), 42);
        ServiceCircuit circuit = alone.instances.get(0).circuit;
        alone.forward(1_000);
        alone.serverUp(false);
        fail(alone.instances.get(0));
        alone.forward(OPEN_MILLIS + 1_000);
        assertThat(circuit.tryAcquire().trial()).isTrue();
        assertThat(circuit.tryAcquire().granted()).isFalse();

        alone.forward(30_000 + OPEN_MILLIS);
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
        assertThat(circuit.tryAcquire().trial()).isTrue();
    }

    @Test
    void an_empty_store_is_told_how_many_recoveries_failed() {
        SimulatedFleet growing = new SimulatedFleet(
                2,
                Settings.with(settings -> {
                    settings.timeoutGrowth = 2;
                    settings.longestTimeoutMillis = 3_600_000;
                }),
                42);
        SimulatedFleet.Instance trying = growing.instances.get(0);
        growing.forward(1_000);
        fail(trying);
        growing.forward(1_000);
        for (int relapses = 0; relapses < 3; relapses++) {
            growing.forward(trying.circuit.view().retryAfterMillis() + 2_000);
            assertThat(trying.circuit.state()).isEqualTo(State.HALF_OPEN);
            trying.call(Outcome.FAILURE, 0);
            growing.forward(2_000);
        }
        growing.wipe();
        growing.forward(2_000);
        growing.forward(trying.circuit.view().retryAfterMillis() + 2_000);
        trying.call(Outcome.FAILURE, 0);
        growing.forward(100);
        assertThat(trying.circuit.view().retryAfterMillis()).isGreaterThan(15 * OPEN_MILLIS);
    }

    /** And lets it notice. */
    private void cutOff(SimulatedFleet.Instance instance) {
        instance.cut(true);
        fleet.forward(3_000);
        assertThat(instance.registry.mode()).isEqualTo(StoreMode.DEGRADED);
    }

    private static void fail(SimulatedFleet.Instance instance) {
        for (int i = 0; i < 5; i++) {
            instance.call(Outcome.FAILURE, 0);
        }
    }

    private void succeed(SimulatedFleet.Instance instance) {
        for (int i = 0; i < 2; i++) {
            instance.call(Outcome.SUCCESS, 0);
            fleet.forward(100);
        }
    }
}
