package dev.resilience.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.Mode;
import dev.resilience.store.Settings;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/**
 * The rise after a recovery, when the store is lost or replaced in the middle of it: it goes on for all, from where it was, and
 * ends when it would have.
 */
class RampInTroubleTest {

    private static final long RISE = 30_000;
    private static final int CALLS = 300;

    /** Two calm seconds, as documented, and what a report takes. */
    private static final long AGREED = 2_500;

    private static final BreakerSettings SETTINGS = settings(1);

    enum Trouble {
        WIPED {
            @Override
            void befall(SimulatedFleet fleet) {
                fleet.wipe();
            }
        },
        WIPED_AND_WIPED_AGAIN {
            @Override
            void befall(SimulatedFleet fleet) {
                fleet.wipe();
                fleet.forward(700);
                fleet.wipe();
            }
        },
        /** The replica heard of OPEN, and of no more. */
        REPLICA_STILL_OPEN {
            @Override
            void befall(SimulatedFleet fleet) {
                fleet.failOverToWhatWas(State.OPEN, 1, 3_000);
            }
        },
        REPLICA_STILL_HALF_OPEN {
            @Override
            void befall(SimulatedFleet fleet) {
                fleet.failOverToWhatWas(State.HALF_OPEN, 2, 20_000);
            }
        },
        REPLICA_WHOSE_CLOCK_IS_BEHIND {
            @Override
            void befall(SimulatedFleet fleet) {
                fleet.failOverToAClock(-600_000);
            }
        },
        REPLICA_WHOSE_CLOCK_IS_AHEAD {
            @Override
            void befall(SimulatedFleet fleet) {
                fleet.failOverToAClock(600_000);
            }
        },
        AWAY_FOR_A_WHILE {
            @Override
            void befall(SimulatedFleet fleet) {
                fleet.serverUp(false);
                fleet.forward(4_000);
                fleet.wipe();
                fleet.serverUp(true);
                fleet.forward(1_000);
            }
        };

        abstract void befall(SimulatedFleet fleet);
    }

    @Property(tries = 100)
    void it_goes_on_for_all_and_for_who_comes_late_and_ends_in_time(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll Trouble trouble,
            @ForAll @LongRange(min = 200, max = 20_000) long into) {
        SimulatedFleet fleet = recovered(4, SETTINGS, seed);
        long began = fleet.nowMillis();
        fleet.forward(into);
        trouble.befall(fleet);
        SimulatedFleet.Instance late = fleet.join();
        fleet.forward(AGREED);
        for (int look = 0; look < 3; look++) {
            double risen = Math.min(1, (fleet.nowMillis() - began) / (double) RISE);
            for (SimulatedFleet.Instance instance : fleet.instances) {
                assertThat(share(instance))
                        .as("%s after %d of %d ms, %s", instance.name, fleet.nowMillis() - began, RISE, trouble)
                        .isBetween(0.1 + 0.9 * risen - 0.08, 0.1 + 0.9 * risen + 0.08);
            }
            fleet.forward(2_000);
        }
        // What an instance tells of the rise's beginning is late by its way, and let be within half a second.
        fleet.forward(Math.max(0, began + RISE + 1_500 - fleet.nowMillis()));
        assertThat(fleet.instances).allMatch(instance -> share(instance) == 1);
        assertThat(late.circuit.state()).isEqualTo(State.CLOSED);
        // One failure is no relapse any more, for the store either.
        late.call(Outcome.FAILURE, 1);
        fleet.forward(AGREED);
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
        assertThat(fleet.instances).allMatch(instance -> instance.circuit.state() == State.CLOSED);
    }

    @Property(tries = 50)
    void a_relapse_within_it_opens_the_fleet(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll Trouble trouble,
            @ForAll @LongRange(min = 200, max = 15_000) long into,
            @ForAll @IntRange(min = 0, max = 4) int who) {
        SimulatedFleet fleet = recovered(4, SETTINGS, seed);
        fleet.forward(into);
        trouble.befall(fleet);
        fleet.join();
        fleet.forward(AGREED);
        SimulatedFleet.Instance unlucky = fleet.instances.get(who);
        for (int call = 0; call < 10; call++) {
            unlucky.call(Outcome.FAILURE, 1);
        }
        fleet.forward(AGREED);
        assertThat(fleet.storeState()).isEqualTo(State.OPEN);
        assertThat(fleet.instances).allMatch(instance -> instance.circuit.state() == State.OPEN);
    }

    /** With {@code min_instances} a relapse needs as many instances as any other opening. */
    @Property(tries = 50)
    void a_relapse_of_one_instance_is_its_own_where_two_must_be_in_trouble_and_that_of_two_opens_the_fleet(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll @LongRange(min = 200, max = 5_000) long into,
            @ForAll @IntRange(min = 0, max = 3) int who) {
        BreakerSettings two = settings(2);
        SimulatedFleet fleet = recovered(4, two, seed);
        fleet.forward(into);
        SimulatedFleet.Instance sick = fleet.instances.get(who);
        for (int second = 0; second < 5; second++) {
            for (int call = 0; call < 30; call++) {
                sick.call(Outcome.FAILURE, 1);
            }
            fleet.forward(1_000);
        }
        assertThat(sick.circuit.state()).isEqualTo(State.OPEN);
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
        assertThat(fleet.instances)
                .filteredOn(instance -> instance != sick)
                .allMatch(instance -> instance.circuit.state() == State.CLOSED);
        SimulatedFleet.Instance second = fleet.instances.get((who + 1) % 4);
        for (int call = 0; call < 30; call++) {
            second.call(Outcome.FAILURE, 1);
        }
        fleet.forward(AGREED);
        assertThat(fleet.storeState()).isEqualTo(State.OPEN);
        assertThat(fleet.instances).allMatch(instance -> instance.circuit.state() == State.OPEN);
    }

    /** Whoever knows nothing of it may be the first to ask a server whose clock is another. */
    @Property(tries = 100)
    void an_open_is_kept_for_its_time_when_a_newcomer_is_the_first_to_speak_under_another_clock(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll boolean ahead,
            @ForAll @LongRange(min = 6_500, max = 700_000) long byMillis,
            @ForAll @LongRange(min = 0, max = 1_500) long later) {
        SimulatedFleet fleet = new SimulatedFleet(3, SETTINGS, seed);
        fleet.forward(1_000 + seed % 1_000);
        for (int call = 0; call < 5; call++) {
            fleet.instances.get(0).call(Outcome.FAILURE, 0);
        }
        fleet.forward(2_000 + later);
        // One that is less than five seconds off is believed.
        fleet.failOverToAClock(ahead ? byMillis : -byMillis);
        fleet.join();
        fleet.forward(2_500);
        for (int look = 0; look < 5; look++) {
            assertThat(fleet.storeState()).as("in doubt").isEqualTo(State.OPEN);
            assertThat(fleet.instances).allMatch(instance -> instance.circuit.state() == State.OPEN);
            fleet.forward(400);
        }
        fleet.forward(8_000);
        assertThat(fleet.instances).allMatch(instance -> instance.circuit.state() == State.HALF_OPEN);
    }

    /** Nobody is left who knows: the clock is believed after a while, and nothing sticks. */
    @Property(tries = 50)
    void a_fleet_that_starts_again_as_a_whole_under_another_clock_closes(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll @LongRange(min = -700_000, max = 700_000) long aheadMillis) {
        SimulatedFleet fleet = new SimulatedFleet(3, SETTINGS, seed);
        fleet.forward(1_000);
        for (int call = 0; call < 5; call++) {
            fleet.instances.get(0).call(Outcome.FAILURE, 0);
        }
        fleet.forward(2_000);
        List.copyOf(fleet.instances).forEach(fleet::kill);
        fleet.failOverToAClock(aheadMillis);
        fleet.join();
        fleet.join();
        for (int second = 0; second < 60; second++) {
            fleet.instances.forEach(instance -> instance.call(Outcome.SUCCESS, 5));
            fleet.forward(1_000);
        }
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
        assertThat(fleet.instances).allMatch(instance -> instance.circuit.state() == State.CLOSED);
    }

    /** What a clock that was ten minutes ahead counted must not count when this one comes there. */
    @Test
    void failures_counted_by_another_servers_clock_do_not_come_back() {
        SimulatedFleet fleet = new SimulatedFleet(2, SETTINGS, 42);
        fleet.failOverToAClock(600_000);
        fleet.forward(2_000);
        for (int call = 0; call < 4; call++) {
            fleet.instances.get(0).call(Outcome.FAILURE, 1);
        }
        fleet.forward(2_000);
        fleet.failOverToAClock(0);
        fleet.forward(599_000);
        fleet.instances.get(1).call(Outcome.FAILURE, 1);
        fleet.forward(2_000);
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
    }

    /** A mode's end is a duration for the store, too. */
    @Property(tries = 15)
    void a_mode_with_an_end_ends_in_time_under_another_servers_clock(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll @LongRange(min = -700_000, max = 700_000) long aheadMillis) {
        SimulatedFleet fleet = new SimulatedFleet(3, SETTINGS, seed);
        fleet.forward(1_000);
        fleet.instances
                .get(0)
                .registry
                .mode(SimulatedFleet.SERVICE, Mode.FORCED_OPEN, Duration.ofMinutes(20), "maintenance", "ada");
        fleet.forward(60_000);
        fleet.failOverToAClock(aheadMillis);
        fleet.forward(60_000);
        SimulatedFleet.Instance late = fleet.join();
        fleet.forward(17 * 60_000);
        List<SimulatedFleet.Instance> all = fleet.instances;
        assertThat(all).allMatch(instance -> instance.circuit.state() == State.OPEN);
        assertThat(late.circuit.order()).isNotNull();
        fleet.forward(2 * 60_000);
        assertThat(all).allMatch(instance -> instance.circuit.state() == State.CLOSED);
        assertThat(all).allMatch(instance -> instance.circuit.order() == null);
    }

    private static SimulatedFleet recovered(int size, BreakerSettings settings, long seed) {
        SimulatedFleet fleet = new SimulatedFleet(size, settings, seed);
        fleet.forward(1_000 + seed % 1_000);
        for (int sick = 0; sick < settings.minInstances(); sick++) {
            for (int call = 0; call < 5; call++) {
                fleet.instances.get(sick).call(Outcome.FAILURE, 0);
            }
        }
        fleet.forward(11_000);
        while (fleet.storeState() != State.CLOSED) {
            fleet.instances.get(1).call(Outcome.SUCCESS, 5);
            fleet.forward(20);
        }
        return fleet;
    }

    /** Of many calls at this moment. */
    private static double share(SimulatedFleet.Instance instance) {
        int granted = 0;
        for (int call = 0; call < CALLS; call++) {
            Permit permit = instance.circuit.tryAcquire();
            if (permit.granted()) {
                granted++;
                instance.circuit.settle(permit, Outcome.IGNORED, 1);
            }
        }
        return granted / (double) CALLS;
    }

    private static BreakerSettings settings(int minInstances) {
        return Settings.with(s -> {
            s.minInstances = minInstances;
            s.timeoutMillis = 10_000;
            s.halfOpenTimeoutMillis = 30_000;
            s.rampUpMillis = RISE;
        });
    }
}
