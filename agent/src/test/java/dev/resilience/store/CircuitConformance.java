package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.BreakerStore;
import dev.resilience.breaker.Cause;
import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.breaker.CircuitView;
import dev.resilience.breaker.Delta;
import dev.resilience.breaker.FakeTime;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Permit;
import dev.resilience.breaker.Report;
import dev.resilience.breaker.Snapshot;
import dev.resilience.breaker.State;
import dev.resilience.breaker.Transition;
import dev.resilience.config.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every row of the breaker's contract, under fake time, for each store. Subclasses give the store. */
abstract class CircuitConformance {

    private static final long FAST = Duration.ofMillis(10).toNanos();

    final FakeTime time = new FakeTime();
    private final List<Transition> transitions = new ArrayList<>();
    private BreakerStore store;
    private CircuitRegistry registry;
    private Circuit circuit;

    /** A store without any state, whose clock is {@link #time}. */
    abstract BreakerStore emptyStore();

    @BeforeEach
    void startWithDefaults() {
        start(BreakerSettings.DEFAULTS);
    }

    @Test
    void opens_at_the_threshold() {
        fail(4);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        fail(1);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        assertThat(view().failures()).isEqualTo(5);
    }

    @Test
    void an_open_circuit_refuses_and_tells_how_long() {
        fail(5);
        time.forward(Duration.ofSeconds(20));
        Permit refused = circuit.tryAcquire();
        assertThat(refused.granted()).isFalse();
        assertThat(refused.retryAfterMillis()).isBetween(39_999L, 40_000L);
        assertThat(circuit.tryAcquire()).isSameAs(refused);
    }

    @Test
    void both_needs_the_rate_as_well() {
        succeed(6);
        fail(5);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        fail(1);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void either_opens_on_the_count_alone() {
        start(Settings.with(s -> s.either = true));
        succeed(100);
        fail(5);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void either_opens_on_the_rate_alone_once_there_are_enough_calls() {
        start(Settings.with(s -> {
            s.either = true;
            s.failureThreshold = 100;
            s.minimumCalls = 4;
        }));
        fail(3);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        fail(1);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void minimum_calls_delays_the_verdict() {
        start(Settings.with(s -> s.minimumCalls = 10));
        fail(9);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        fail(1);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void failures_leave_with_the_window() {
        fail(4);
        time.forward(Duration.ofSeconds(61));
        fail(4);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        assertThat(view().failures()).isEqualTo(4);
        fail(1);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void half_open_comes_on_time_without_traffic() {
        fail(5);
        time.forward(Duration.ofMillis(59_990));
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        time.forward(Duration.ofMillis(11));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
    }

    @Test
    void never_more_trials_than_the_quota() {
        halfOpen();
        Permit first = circuit.tryAcquire();
        Permit second = circuit.tryAcquire();
        Permit third = circuit.tryAcquire();
        assertThat(List.of(first, second, third)).allMatch(p -> p.granted() && p.trial());
        assertThat(circuit.tryAcquire().granted()).isFalse();
        assertThat(view().halfOpenQuota()).isZero();
    }

    @Test
    void an_ignored_trial_gives_its_permit_back() {
        halfOpen();
        List<Permit> trials = List.of(circuit.tryAcquire(), circuit.tryAcquire(), circuit.tryAcquire());
        circuit.settle(trials.get(0), Outcome.IGNORED, FAST);
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
        assertThat(circuit.tryAcquire().granted()).isTrue();
        assertThat(circuit.tryAcquire().granted()).isFalse();
    }

    @Test
    void settling_a_trial_twice_counts_once() {
        halfOpen();
        Permit trial = circuit.tryAcquire();
        circuit.settle(trial, Outcome.SUCCESS, FAST);
        circuit.settle(trial, Outcome.SUCCESS, FAST);
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
        assertThat(view().successes()).isEqualTo(1);
    }

    @Test
    void enough_successful_trials_close_it() {
        halfOpen();
        circuit.settle(circuit.tryAcquire(), Outcome.SUCCESS, FAST);
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
        circuit.settle(circuit.tryAcquire(), Outcome.SUCCESS, FAST);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        assertThat(view().failures()).isZero();
    }

    @Test
    void any_failed_trial_opens_it_again() {
        halfOpen();
        Permit good = circuit.tryAcquire();
        Permit bad = circuit.tryAcquire();
        circuit.settle(good, Outcome.SUCCESS, FAST);
        circuit.settle(bad, Outcome.FAILURE, FAST);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        assertThat(circuit.tryAcquire().retryAfterMillis()).isBetween(59_999L, 60_000L);
    }

    /** The flaw of half-open with no time limit. */
    @Test
    void half_open_without_a_verdict_opens_again() {
        halfOpen();
        circuit.tryAcquire();
        time.forward(Duration.ofSeconds(299));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
        time.forward(Duration.ofSeconds(1));
        assertThat(circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void a_trial_that_nobody_settles_is_given_up_in_the_end() {
        halfOpen();
        for (int i = 0; i < 3; i++) {
            assertThat(circuit.tryAcquire().granted()).isTrue();
        }
        time.forward(Duration.ofSeconds(250));
        assertThat(circuit.tryAcquire().granted()).isFalse();
        time.forward(Duration.ofSeconds(300 + 60 + 7 - 250));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
        assertThat(circuit.tryAcquire().granted()).isTrue();
    }

    @Test
    void late_outcomes_of_an_earlier_epoch_change_nothing() {
        Permit early = circuit.tryAcquire();
        halfOpen();
        circuit.settle(early, Outcome.FAILURE, FAST);
        circuit.settle(early, Outcome.SUCCESS, FAST);
        time.forward(Duration.ofSeconds(2));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
        assertThat(view().successes()).isZero();
        close();
        for (int i = 0; i < 10; i++) {
            circuit.settle(early, Outcome.FAILURE, FAST);
        }
        time.forward(Duration.ofSeconds(2));
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        assertThat(view().failures()).isZero();
    }

    @Test
    void a_trial_of_an_earlier_half_open_changes_nothing() {
        halfOpen();
        Permit early = circuit.tryAcquire();
        circuit.settle(circuit.tryAcquire(), Outcome.FAILURE, FAST);
        time.forward(Duration.ofSeconds(60));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
        circuit.settle(early, Outcome.FAILURE, FAST);
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
    }

    @Test
    void ignored_outcomes_count_nowhere() {
        for (int i = 0; i < 20; i++) {
            circuit.settle(circuit.tryAcquire(), Outcome.IGNORED, FAST);
        }
        time.forward(Duration.ofSeconds(2));
        assertThat(view().failures() + view().successes()).isZero();
    }

    @Test
    void retry_after_sets_the_open_time() {
        fail(4);
        circuit.settle(circuit.tryAcquire(), Outcome.FAILURE, FAST, 7_000);
        assertThat(circuit.tryAcquire().retryAfterMillis()).isBetween(6_999L, 7_000L);
        time.forward(Duration.ofSeconds(7));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
    }

    @Test
    void retry_after_has_a_bound() {
        fail(4);
        circuit.settle(circuit.tryAcquire(), Outcome.FAILURE, FAST, Long.MAX_VALUE);
        assertThat(circuit.tryAcquire().retryAfterMillis()).isBetween(599_999L, 600_000L);
    }

    @Test
    void a_failed_recovery_lengthens_the_next_open_time() {
        start(Settings.with(s -> {
            s.timeoutGrowth = 2;
            s.longestTimeoutMillis = 150_000;
        }));
        fail(5);
        assertThat(openMillis()).isEqualTo(60_000);
        relapse(Duration.ofSeconds(60));
        assertThat(openMillis()).isBetween(120_000L, 132_000L);
        relapse(Duration.ofSeconds(132));
        assertThat(openMillis()).isEqualTo(150_000);
        time.forward(Duration.ofSeconds(150));
        close();
        fail(5);
        assertThat(openMillis()).isEqualTo(60_000);
    }

    @Test
    void slow_calls_open_though_none_failed() {
        start(Settings.with(s -> {
            s.slowNanos = Duration.ofSeconds(2).toNanos();
            s.slowRate = 0.8;
        }));
        succeed(1);
        for (int i = 0; i < 3; i++) {
            circuit.settle(
                    circuit.tryAcquire(), Outcome.SUCCESS, Duration.ofSeconds(2).toNanos());
        }
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        circuit.settle(
                circuit.tryAcquire(), Outcome.SUCCESS, Duration.ofSeconds(3).toNanos());
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        assertThat(transitions()).last().extracting(Transition::reason).isEqualTo("too many slow calls");
    }

    @Test
    void calls_in_flight_past_the_limit_are_slow_already() {
        start(Settings.with(s -> {
            s.slowNanos = Duration.ofSeconds(2).toNanos();
            s.slowRate = 0.8;
        }));
        List<Permit> hanging = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            hanging.add(circuit.tryAcquire());
        }
        time.forward(Duration.ofMillis(1_900));
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        time.forward(Duration.ofMillis(1_200));
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        hanging.forEach(
                p -> circuit.settle(p, Outcome.SUCCESS, Duration.ofSeconds(4).toNanos()));
        assertThat(circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void a_call_counted_in_flight_counts_once_in_the_end() {
        start(Settings.with(s -> {
            s.slowNanos = Duration.ofSeconds(2).toNanos();
            s.slowRate = 1.0;
        }));
        succeed(3);
        Permit hanging = circuit.tryAcquire();
        time.forward(Duration.ofSeconds(4));
        circuit.settle(hanging, Outcome.FAILURE, Duration.ofSeconds(4).toNanos());
        assertThat(view().failures()).isEqualTo(1);
        assertThat(view().successes()).isEqualTo(3);
    }

    @Test
    void monitor_decides_and_shows_but_grants() {
        start(BreakerSettings.DEFAULTS.withMode(Mode.MONITOR));
        fail(5);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        Permit wouldBeRefused = circuit.tryAcquire();
        assertThat(wouldBeRefused.granted()).isTrue();
        assertThat(wouldBeRefused.state()).isEqualTo(State.OPEN);
        circuit.settle(wouldBeRefused, Outcome.SUCCESS, FAST);
        time.forward(Duration.ofSeconds(60));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
        List<Permit> permits = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            permits.add(circuit.tryAcquire());
        }
        assertThat(permits).allMatch(Permit::granted);
        permits.forEach(p -> circuit.settle(p, Outcome.SUCCESS, FAST));
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void disabled_neither_counts_nor_rejects() {
        start(BreakerSettings.DEFAULTS.withMode(Mode.DISABLED));
        fail(50);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        assertThat(circuit.tryAcquire().granted()).isTrue();
        assertThat(view().failures()).isZero();
    }

    @Test
    void forced_open_holds_until_the_mode_changes() {
        configure(BreakerSettings.DEFAULTS.withMode(Mode.FORCED_OPEN));
        assertThat(circuit.tryAcquire().granted()).isFalse();
        assertThat(circuit.tryAcquire().retryAfterMillis()).isZero();
        time.forward(Duration.ofHours(1));
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        configure(BreakerSettings.DEFAULTS);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        assertThat(transitions()).extracting(Transition::reason).containsExactly("mode forced_open", "mode enforce");
    }

    @Test
    void forced_closed_holds_an_open_circuit_closed() {
        fail(5);
        configure(BreakerSettings.DEFAULTS.withMode(Mode.FORCED_CLOSED));
        assertThat(circuit.tryAcquire().granted()).isTrue();
        fail(20);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        configure(BreakerSettings.DEFAULTS);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void new_settings_keep_what_was_counted() {
        fail(4);
        configure(Settings.with(s -> {
            s.failureThreshold = 6;
            s.windowMillis = 20_000;
        }));
        fail(1);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        fail(1);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void listeners_hear_of_every_change_in_order_with_reasons() {
        fail(5);
        time.forward(Duration.ofSeconds(60));
        close();
        assertThat(transitions())
                .extracting(Transition::from, Transition::to, Transition::epoch, Transition::reason)
                .containsExactly(
                        tuple(State.CLOSED, State.OPEN, 1L, "5 of 5 calls failed"),
                        tuple(State.OPEN, State.HALF_OPEN, 2L, "the open time is over"),
                        tuple(State.HALF_OPEN, State.CLOSED, 3L, "trial calls succeeded"));
        assertThat(transitions().get(1).fromMillis()).isBetween(60_000L, 60_001L);
    }

    @Test
    void a_failing_listener_keeps_nobody_from_hearing() {
        registry.addListener(t -> {
            throw new IllegalStateException("broken listener");
        });
        registry.addListener(transitions::add);
        fail(5);
        assertThat(transitions()).hasSize(2);
    }

    @Test
    void reset_closes_and_forgets() {
        fail(5);
        assertThat(circuit.reset("ada").toCompletableFuture().join().state()).isEqualTo(State.CLOSED);
        fail(4);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        assertThat(transitions()).last().extracting(Transition::reason).isEqualTo("reset by ada");
    }

    @Test
    void the_last_failure_is_told_in_unix_seconds() {
        assertThat(view().lastFailure()).isZero();
        long second = time.unixMillis() / 1_000;
        fail(1);
        assertThat(view().lastFailure()).isEqualTo(second);
    }

    @Test
    void after_close_every_call_is_granted() {
        fail(5);
        registry.close();
        assertThat(circuit.tryAcquire().granted()).isTrue();
        fail(20);
        assertThat(circuit.tryAcquire().granted()).isTrue();
        time.forward(Duration.ofMinutes(10));
        assertThat(time.waiting()).isZero();
    }

    @Test
    void after_a_recovery_calls_are_let_in_by_degrees() {
        start(Settings.with(s -> s.rampUpMillis = 30_000));
        halfOpen();
        close();
        assertThat(granted(100)).isEqualTo(10);
        time.forward(Duration.ofSeconds(15));
        assertThat(granted(100)).isBetween(54, 56);
        time.forward(Duration.ofSeconds(15));
        assertThat(granted(100)).isEqualTo(100);
        assertThat(circuit.tryAcquire()).isSameAs(circuit.tryAcquire());
    }

    @Test
    void a_relapse_while_calls_are_let_in_by_degrees_opens_again() {
        start(Settings.with(s -> {
            s.rampUpMillis = 30_000;
            s.timeoutGrowth = 2;
        }));
        halfOpen();
        close();
        circuit.settle(firstGranted(circuit), Outcome.FAILURE, FAST);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        assertThat(openMillis()).isBetween(120_000L, 132_000L);
    }

    @Test
    void an_ordered_mode_outranks_the_file_until_it_ends() {
        registry.mode("calcom", Mode.FORCED_OPEN, Duration.ofHours(1), "maintenance", "ada");
        assertThat(circuit.tryAcquire().granted()).isFalse();
        assertThat(circuit.mode()).isEqualTo(Mode.FORCED_OPEN);
        assertThat(circuit.order().reason()).isEqualTo("maintenance");
        configure(BreakerSettings.DEFAULTS.withMode(Mode.MONITOR));
        assertThat(circuit.mode()).isEqualTo(Mode.FORCED_OPEN);
        time.forward(Duration.ofMinutes(59));
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        time.forward(Duration.ofMinutes(1).plusSeconds(2));
        assertThat(circuit.mode()).isEqualTo(Mode.MONITOR);
        assertThat(circuit.order()).isNull();
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        assertThat(transitions())
                .extracting(Transition::reason)
                .containsExactly("mode forced_open by ada: maintenance", "mode monitor");
    }

    @Test
    void an_ordered_mode_can_be_given_back() {
        registry.mode("calcom", Mode.DISABLED, null, "", "ada");
        assertThat(circuit.mode()).isEqualTo(Mode.DISABLED);
        time.forward(Duration.ofMinutes(10));
        assertThat(circuit.mode()).isEqualTo(Mode.DISABLED);
        registry.mode("calcom", null, null, "", "ada");
        assertThat(circuit.mode()).isEqualTo(Mode.ENFORCE);
    }

    @Test
    void a_mode_of_an_unknown_service_is_refused() {
        assertThat(registry.mode("nobody", Mode.DISABLED, null, "", "ada").toCompletableFuture())
                .isCompletedExceptionally();
    }

    @Test
    void all_instances_obey_an_order_and_so_does_one_that_joins_later() {
        Circuit other = join("b", BreakerSettings.DEFAULTS);
        registry.mode("calcom", Mode.FORCED_OPEN, null, "", "ada");
        assertThat(other.state()).isEqualTo(State.OPEN);
        Circuit late = join("c", BreakerSettings.DEFAULTS);
        time.forward(Duration.ofSeconds(1));
        assertThat(late.mode()).isEqualTo(Mode.FORCED_OPEN);
        assertThat(late.order().who()).isEqualTo("ada");
    }

    @Test
    void one_sick_instance_opens_for_itself_and_spares_the_others() {
        BreakerSettings two = Settings.with(s -> s.minInstances = 2);
        start(two);
        Circuit other = join("b", two);
        fail(5);
        time.forward(Duration.ofSeconds(5));
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        assertThat(other.state()).isEqualTo(State.CLOSED);
        assertThat(other.tryAcquire().granted()).isTrue();
        time.forward(Duration.ofSeconds(56));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
        assertThat(other.state()).isEqualTo(State.CLOSED);
        circuit.settle(circuit.tryAcquire(), Outcome.SUCCESS, FAST);
        circuit.settle(circuit.tryAcquire(), Outcome.SUCCESS, FAST);
        time.forward(Duration.ofSeconds(2));
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        assertThat(circuit.view().epoch()).isEqualTo(other.view().epoch());
    }

    @Test
    void one_sick_instance_opens_for_itself_also_while_calls_are_let_in_by_degrees() {
        BreakerSettings two = Settings.with(s -> {
            s.minInstances = 2;
            s.rampUpMillis = 30_000;
        });
        start(two);
        Circuit second = join("b", two);
        Circuit third = join("c", two);
        fail(5);
        second.settle(second.tryAcquire(), Outcome.FAILURE, FAST);
        time.forward(Duration.ofSeconds(61));
        assertThat(third.state()).isEqualTo(State.HALF_OPEN);
        close();
        time.forward(Duration.ofSeconds(2));
        assertThat(third.state()).isEqualTo(State.CLOSED);
        circuit.settle(firstGranted(circuit), Outcome.FAILURE, FAST);
        time.forward(Duration.ofSeconds(2));
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        assertThat(second.state()).isEqualTo(State.CLOSED);
        assertThat(third.state()).isEqualTo(State.CLOSED);
        second.settle(firstGranted(second), Outcome.FAILURE, FAST);
        time.forward(Duration.ofSeconds(2));
        assertThat(List.of(circuit.state(), second.state(), third.state())).containsOnly(State.OPEN);
        assertThat(circuit.view().epoch()).isEqualTo(third.view().epoch());
    }

    @Test
    void when_enough_instances_are_sick_the_fleet_opens() {
        BreakerSettings two = Settings.with(s -> s.minInstances = 2);
        start(two);
        Circuit second = join("b", two);
        Circuit third = join("c", two);
        fail(5);
        assertThat(third.state()).isEqualTo(State.CLOSED);
        second.settle(second.tryAcquire(), Outcome.FAILURE, FAST);
        time.forward(Duration.ofSeconds(1));
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        assertThat(second.state()).isEqualTo(State.OPEN);
        assertThat(third.state()).isEqualTo(State.OPEN);
        assertThat(circuit.view().epoch()).isEqualTo(third.view().epoch());
    }

    @Test
    void a_reset_reaches_the_instance_that_opened_for_itself() {
        BreakerSettings two = Settings.with(s -> s.minInstances = 2);
        start(two);
        Circuit other = join("b", two);
        fail(5);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        other.reset("ada");
        time.forward(Duration.ofSeconds(1));
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void each_host_has_a_circuit_of_its_own_that_the_fleet_shares() {
        CircuitRegistry elsewhere = instance("b", BreakerSettings.DEFAULTS);
        Circuit there = elsewhere.at("calcom", "eu.cal.com");
        circuit = registry.at("calcom", "eu.cal.com");
        time.settle();
        assertThat(circuit.service()).isEqualTo("calcom@eu.cal.com");
        fail(5);
        assertThat(there.state()).isEqualTo(State.OPEN);
        assertThat(registry.at("calcom", "us.cal.com").state()).isEqualTo(State.CLOSED);
        assertThat(registry.find("calcom").state()).isEqualTo(State.CLOSED);
        assertThat(registry.all())
                .extracting(Circuit::service)
                .containsExactlyInAnyOrder("calcom", "calcom@eu.cal.com", "calcom@us.cal.com");
        registry.mode("calcom", Mode.FORCED_CLOSED, null, "", "ada");
        time.forward(Duration.ofSeconds(1));
        assertThat(circuit.mode()).isEqualTo(Mode.FORCED_CLOSED);
    }

    @Test
    void a_service_that_is_taken_away_while_open_and_comes_back_is_open() {
        fail(5);
        registry.apply(Map.of());
        assertThat(circuit.tryAcquire().granted()).isTrue();
        time.forward(Duration.ofSeconds(20));
        configure(BreakerSettings.DEFAULTS);
        circuit = registry.find("calcom");
        time.settle();
        assertThat(circuit.tryAcquire().granted()).isFalse();
        assertThat(circuit.retryAfterMillis()).isBetween(39_000L, 40_000L);
        time.forward(Duration.ofSeconds(40));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
    }

    /** Whoever is gone from the file may still be calling. */
    @Test
    void trials_of_a_service_that_was_taken_away_keep_their_permits_until_they_end() {
        Circuit other = join("b", BreakerSettings.DEFAULTS);
        halfOpen();
        Permit first = circuit.tryAcquire();
        Permit second = circuit.tryAcquire();
        Circuit gone = circuit;
        registry.apply(Map.of());
        time.forward(Duration.ofSeconds(20));
        configure(BreakerSettings.DEFAULTS);
        circuit = registry.find("calcom");
        time.forward(Duration.ofSeconds(20));
        List<Permit> more = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            more.add(circuit.tryAcquire());
            more.add(other.tryAcquire());
        }
        assertThat(more).filteredOn(Permit::granted).hasSize(1);
        gone.settle(first, Outcome.IGNORED, FAST);
        time.forward(Duration.ofMillis(100));
        Permit next = other.tryAcquire();
        assertThat(next.granted()).isTrue();
        other.settle(next, Outcome.IGNORED, FAST);
        gone.settle(second, Outcome.FAILURE, FAST);
        time.forward(Duration.ofSeconds(1));
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        assertThat(other.state()).isEqualTo(State.OPEN);
    }

    @Test
    void a_service_that_comes_back_by_another_rule_goes_on_by_that_rule() {
        fail(4);
        time.forward(Duration.ofSeconds(1));
        registry.apply(Map.of());
        configure(Settings.with(s -> {
            s.failureThreshold = 6;
            s.timeoutMillis = 5_000;
        }));
        circuit = registry.find("calcom");
        time.forward(Duration.ofSeconds(1));
        fail(1);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        fail(1);
        time.forward(Duration.ofSeconds(1));
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        time.forward(Duration.ofSeconds(5));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
    }

    @Test
    void a_mode_set_at_run_time_holds_for_a_service_that_was_taken_away_and_came_back() {
        registry.mode("calcom", Mode.FORCED_OPEN, Duration.ofHours(1), "maintenance", "ada");
        registry.apply(Map.of());
        time.forward(Duration.ofMinutes(30));
        configure(BreakerSettings.DEFAULTS);
        circuit = registry.find("calcom");
        time.settle();
        assertThat(circuit.mode()).isEqualTo(Mode.FORCED_OPEN);
        assertThat(circuit.order().reason()).isEqualTo("maintenance");
        time.forward(Duration.ofMinutes(31));
        assertThat(circuit.mode()).isEqualTo(Mode.ENFORCE);
    }

    /** While files are rolled out, and when two applications share a prefix. */
    @Test
    void an_instance_without_the_service_neither_hears_nor_disturbs() {
        CircuitRegistry without = new CircuitRegistry(store, "b", time, time, time::unixMillis);
        without.apply(Map.of("retell", BreakerSettings.DEFAULTS));
        without.start();
        fail(5);
        time.forward(Duration.ofSeconds(1));
        assertThat(without.all()).extracting(Circuit::service).containsExactly("retell");
        assertThat(without.find("retell").state()).isEqualTo(State.CLOSED);
        without.apply(Map.of("retell", BreakerSettings.DEFAULTS, "calcom", BreakerSettings.DEFAULTS));
        time.settle();
        assertThat(without.find("calcom").state()).isEqualTo(State.OPEN);
        without.apply(Map.of());
        time.forward(Duration.ofSeconds(60));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
    }

    /** As where a host name is taken for the instance's, and two JVMs run there. */
    @Test
    void two_instances_that_were_given_one_name_share_no_permits() {
        Circuit twin = join("a", BreakerSettings.DEFAULTS);
        halfOpen();
        time.settle();
        List<Permit> permits = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            permits.add(circuit.tryAcquire());
            permits.add(twin.tryAcquire());
            time.forward(Duration.ofMillis(200));
        }
        assertThat(permits).filteredOn(Permit::granted).hasSize(3);
    }

    /** The pace of a large fleet's reports is slower than leases last. */
    @Test
    void a_trial_that_outlasts_its_half_open_keeps_its_permit() {
        start(Settings.with(s -> s.windowMillis = 600_000));
        halfOpen();
        Permit slow = circuit.tryAcquire();
        close();
        time.forward(Duration.ofSeconds(30));
        assertThat(view().halfOpenQuota()).isEqualTo(2);
        circuit.settle(slow, Outcome.SUCCESS, FAST);
        assertThat(view().halfOpenQuota()).isEqualTo(3);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void trials_that_outlast_one_half_open_after_another_keep_their_permits() {
        start(Settings.with(s -> {
            s.timeoutMillis = 5_000;
            s.halfOpenTimeoutMillis = 10_000;
        }));
        fail(5);
        int running = 0;
        for (int second = 0; second < 120; second++) {
            time.forward(Duration.ofSeconds(1));
            running += circuit.tryAcquire().granted() ? 1 : 0;
        }
        assertThat(running).isEqualTo(3);
    }

    /** As after two masters that both answered, and both opened. */
    @Test
    void of_an_open_whose_end_who_was_away_knows_to_be_later_that_end_holds() {
        fail(5);
        time.forward(Duration.ofSeconds(10));
        assertThat(tell(59_000, 1_000, 1)).isEqualTo(open(59_000, 10_000));
        assertThat(tell(58_500, 1_500, 1)).isEqualTo(open(59_000, 10_000));
        time.forward(Duration.ofSeconds(58));
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        time.forward(Duration.ofSeconds(1));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
    }

    @Test
    void who_was_never_away_or_only_guesses_lengthens_no_open() {
        fail(5);
        time.forward(Duration.ofSeconds(10));
        assertThat(tell(59_000, 1_000, -1)).isEqualTo(open(50_000, 10_000));
        assertThat(tell(59_000, 0, 1)).isEqualTo(open(50_000, 10_000));
        assertThat(tell(51_000, 9_000, 1)).isEqualTo(open(50_000, 10_000));
    }

    /** As where the clock of one stands still with it. */
    @Test
    void no_open_is_lengthened_to_more_than_twice_its_time() {
        fail(5);
        for (int told = 1; told <= 4; told++) {
            time.forward(Duration.ofSeconds(29));
            tell(59_000, 1_000, 1);
        }
        assertThat(tell(59_000, 1_000, 1)).isEqualTo(open(4_000, 116_000));
        time.forward(Duration.ofSeconds(4));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
    }

    /** The clock may be another server's then. */
    @Test
    void after_a_silence_the_first_that_knows_says_how_long_an_open_lasts_be_it_longer_or_shorter() {
        fail(5);
        registry.apply(Map.of());
        time.forward(Duration.ofSeconds(10));
        assertThat(tell(59_000, 1_000, 1)).isEqualTo(open(59_000, 1_000));
        time.forward(Duration.ofSeconds(10));
        assertThat(tell(20_000, 40_000, -1)).isEqualTo(open(20_000, 40_000));
    }

    private static Open open(long remainingMillis, long sinceMillis) {
        return new Open(State.OPEN, remainingMillis, sinceMillis);
    }

    private record Open(State state, long remainingMillis, long sinceMillis) {}

    /** Twice: of stores that take turns each hears it. @return what is so then */
    private Open tell(long remainingMillis, long sinceMillis, long partedIn) {
        Report report = new Report(
                "b",
                State.OPEN,
                1,
                remainingMillis,
                sinceMillis,
                5,
                0,
                0,
                Cause.FAILURES,
                1,
                Delta.NONE,
                List.of(),
                partedIn,
                1_000,
                ModeOrder.NONE);
        Snapshot told = null;
        for (int turn = 0; turn < 2; turn++) {
            told = store.report("calcom", BreakerSettings.DEFAULTS, report)
                    .toCompletableFuture()
                    .join()
                    .snapshot();
        }
        return new Open(told.state(), told.remainingMillis(), told.sinceMillis());
    }

    private void start(BreakerSettings settings) {
        store = emptyStore();
        registry = instance("a", settings);
        registry.addListener(transitions::add);
        time.settle();
        circuit = registry.find("calcom");
    }

    private Circuit join(String name, BreakerSettings settings) {
        CircuitRegistry joined = instance(name, settings);
        time.settle();
        return joined.find("calcom");
    }

    private CircuitRegistry instance(String name, BreakerSettings settings) {
        CircuitRegistry made = new CircuitRegistry(store, name, time, time, time::unixMillis);
        made.apply(Map.of("calcom", settings));
        made.start();
        return made;
    }

    private int granted(int calls) {
        int granted = 0;
        for (int i = 0; i < calls; i++) {
            Permit permit = circuit.tryAcquire();
            if (permit.granted()) {
                granted++;
                circuit.settle(permit, Outcome.IGNORED, FAST);
            }
        }
        return granted;
    }

    private static Permit firstGranted(Circuit asked) {
        Permit permit = asked.tryAcquire();
        while (!permit.granted()) {
            permit = asked.tryAcquire();
        }
        return permit;
    }

    private long openMillis() {
        return circuit.tryAcquire().retryAfterMillis();
    }

    /** The circuit's figures after the next report. */
    private CircuitView view() {
        time.forward(Duration.ofSeconds(1));
        return circuit.view();
    }

    private void configure(BreakerSettings settings) {
        registry.apply(Map.of("calcom", settings));
    }

    private List<Transition> transitions() {
        time.settle();
        return transitions;
    }

    private void fail(int calls) {
        for (int i = 0; i < calls; i++) {
            circuit.settle(circuit.tryAcquire(), Outcome.FAILURE, FAST);
        }
    }

    private void succeed(int calls) {
        for (int i = 0; i < calls; i++) {
            circuit.settle(circuit.tryAcquire(), Outcome.SUCCESS, FAST);
        }
    }

    private void halfOpen() {
        fail(5);
        time.forward(Duration.ofSeconds(60).plusMillis(1));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
    }

    private void relapse(Duration openTime) {
        time.forward(openTime);
        circuit.settle(circuit.tryAcquire(), Outcome.FAILURE, FAST);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
    }

    private void close() {
        circuit.settle(circuit.tryAcquire(), Outcome.SUCCESS, FAST);
        circuit.settle(circuit.tryAcquire(), Outcome.SUCCESS, FAST);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
    }
}
