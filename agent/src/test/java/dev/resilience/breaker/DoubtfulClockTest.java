package dev.resilience.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.Mode;
import dev.resilience.store.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A server took over whose clock is minutes off, and the first that it hears of a circuit tells nothing of the time that is
 * left: a state lasts for its time all the same, because the instances have measured it.
 */
class DoubtfulClockTest {

    private static final long OPEN_MILLIS = 10_000;
    private static final long HALF_OPEN_MILLIS = 30_000;

    /** A report, and what it takes. */
    private static final long LATE = 2_500;

    private static final BreakerSettings SETTINGS = Settings.with(s -> {
        s.timeoutMillis = OPEN_MILLIS;
        s.halfOpenTimeoutMillis = HALF_OPEN_MILLIS;
    });

    @Property(tries = 200)
    void an_open_is_kept_for_its_time_when_the_end_of_a_trial_is_heard_first(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll boolean ahead,
            @ForAll @LongRange(min = 8_000, max = 700_000) long byMillis) {
        SimulatedFleet fleet = halfOpen(seed);
        SimulatedFleet.Instance late = fleet.instances.get(0);
        Permit trial = trial(fleet, late);
        SimulatedFleet.Instance failing = fleet.instances.get(1);
        failing.circuit.settle(trial(fleet, failing), Outcome.FAILURE, 1);
        while (fleet.storeState() != State.OPEN) {
            fleet.forward(1);
        }
        // Where wires reorder, the store may hear of it by the next report alone: it is OPEN from the failure on.
        long left = failing.circuit.retryAfterMillis();
        fleet.forward(500 + seed % 1_000);
        fleet.failOverToAClock(ahead ? byMillis : -byMillis);
        late.circuit.settle(trial, Outcome.IGNORED, 1);
        fleet.forward(left - 3_000);
        assertAll(fleet, State.OPEN);
        fleet.forward(1_500 + LATE);
        assertAll(fleet, State.HALF_OPEN);
    }

    @Property(tries = 200)
    void a_half_open_is_kept_for_its_time_when_the_wish_for_a_permit_is_heard_first(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll boolean ahead,
            @ForAll @LongRange(min = 8_000, max = 700_000) long byMillis) {
        SimulatedFleet fleet = halfOpen(seed);
        long epoch = fleet.instances.get(0).circuit.view().epoch();
        fleet.forward(10_000 + seed % 1_000);
        fleet.failOverToAClock(ahead ? byMillis : -byMillis);
        fleet.instances.get(0).call(Outcome.IGNORED, 0);
        fleet.forward(HALF_OPEN_MILLIS - 14_000);
        assertAll(fleet, State.HALF_OPEN);
        assertThat(fleet.instances.get(0).circuit.view().epoch()).isEqualTo(epoch);
        fleet.forward(4_000 + LATE);
        assertAll(fleet, State.OPEN);
    }

    @Property(tries = 200)
    void an_open_is_kept_for_its_time_when_a_newcomer_orders_a_mode_first(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll boolean ahead,
            @ForAll @LongRange(min = 8_000, max = 700_000) long byMillis) {
        SimulatedFleet fleet = new SimulatedFleet(2, SETTINGS, seed);
        fleet.forward(1_000);
        open(fleet);
        fleet.forward(1_000 + seed % 1_000);
        fleet.failOverToAClock(ahead ? byMillis : -byMillis);
        fleet.join().registry.mode(SimulatedFleet.SERVICE, Mode.MONITOR, Duration.ofHours(2), "works", "ada");
        fleet.forward(OPEN_MILLIS - 2_500);
        assertAll(fleet, State.OPEN);
        fleet.forward(500 + LATE);
        assertAll(fleet, State.HALF_OPEN);
        assertThat(fleet.instances).allMatch(instance -> instance.circuit.mode() == Mode.MONITOR);
    }

    /** What a newcomer is told in doubt is the least that may be left, and no measure of it. */
    @Property(tries = 100)
    void an_open_is_kept_for_its_time_when_the_clock_jumps_back_before_anybody_who_knows_has_spoken(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll @LongRange(min = 8_000, max = 700_000) long aheadMillis) {
        SimulatedFleet fleet = new SimulatedFleet(2, SETTINGS, seed);
        fleet.forward(1_000);
        open(fleet);
        List.copyOf(fleet.instances).forEach(fleet::kill);
        fleet.failOverToAClock(aheadMillis);
        fleet.join();
        fleet.forward(600);
        fleet.failOverToAClock(0);
        fleet.forward(OPEN_MILLIS - 3_000);
        assertAll(fleet, State.OPEN);
        fleet.forward(1_500 + LATE);
        assertAll(fleet, State.HALF_OPEN);
    }

    /** Whoever knows nothing of it must not make it last forever either. */
    @Property(tries = 100)
    void nothing_sticks_when_only_wishes_for_permits_are_heard(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll @LongRange(min = -700_000, max = 700_000) long aheadMillis) {
        SimulatedFleet fleet = halfOpen(seed);
        fleet.failOverToAClock(aheadMillis);
        for (int tenth = 0; tenth < 100; tenth++) {
            fleet.instances.forEach(instance -> instance.call(Outcome.SUCCESS, 5));
            fleet.forward(100);
        }
        assertAll(fleet, State.CLOSED);
    }

    private static SimulatedFleet halfOpen(long seed) {
        SimulatedFleet fleet = new SimulatedFleet(3, SETTINGS, seed);
        fleet.forward(1_000);
        open(fleet);
        while (fleet.instances.stream().anyMatch(instance -> instance.circuit.state() != State.HALF_OPEN)) {
            fleet.forward(50);
        }
        return fleet;
    }

    @Test
    void nothing_is_older_where_the_late_end_of_a_trial_is_the_first_word_to_a_server_whose_clock_is_ahead() {
        Ledger ledger = new Ledger(SimulatedFleet.SERVICE, () -> 0);
        ledger.reset(1_000, BreakerSettings.DEFAULTS, "ada");

        Snapshot told = ledger.settle(31_000, BreakerSettings.DEFAULTS, 0, "late", Outcome.SUCCESS, -1)
                .snapshot();

        assertThat(told.state()).isEqualTo(State.CLOSED);
        assertThat(told.sinceMillis()).isZero();
    }

    /** Two people may have ordered on two instances while there was no store to tell. */
    @ParameterizedTest
    @CsvSource({"works, ada, true", "works, bob, false", "a try, ada, false"})
    void of_a_mode_whose_end_is_in_doubt_who_was_away_knows_that_it_is_over_but_of_no_other(
            String reason, String who, boolean over) {
        Ledger ledger = new Ledger(SimulatedFleet.SERVICE, () -> 0);
        ledger.order(1_000, BreakerSettings.DEFAULTS, new ModeOrder(Mode.FORCED_OPEN, "works", "ada", 0, 60_000));
        ModeOrder ended = new ModeOrder(null, reason, who, 1, 0);

        Snapshot told = ledger.report(
                        31_000,
                        BreakerSettings.DEFAULTS,
                        new Report(
                                "one",
                                State.CLOSED,
                                0,
                                0,
                                40_000,
                                0,
                                0,
                                0,
                                Cause.START,
                                0,
                                Delta.NONE,
                                List.of(),
                                0,
                                0,
                                ended))
                .snapshot();

        assertThat(told.order().mode()).isEqualTo(over ? null : Mode.FORCED_OPEN);
    }

    private static void open(SimulatedFleet fleet) {
        for (int call = 0; call < 5; call++) {
            fleet.instances.get(0).call(Outcome.FAILURE, 0);
        }
        while (fleet.storeState() != State.OPEN) {
            fleet.forward(1);
        }
    }

    private static Permit trial(SimulatedFleet fleet, SimulatedFleet.Instance instance) {
        Permit[] given = new Permit[1];
        while (given[0] == null) {
            instance.circuit.tryAcquireAsync().thenAccept(permit -> given[0] = permit.granted() ? permit : given[0]);
            fleet.forward(60);
        }
        return Objects.requireNonNull(given[0]);
    }

    private static void assertAll(SimulatedFleet fleet, State state) {
        assertThat(fleet.storeState()).isEqualTo(state);
        assertThat(fleet.instances).allMatch(instance -> instance.circuit.state() == state);
    }
}
