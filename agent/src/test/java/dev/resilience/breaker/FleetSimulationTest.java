package dev.resilience.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.Mode;
import dev.resilience.store.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** The protocol's promises, after every step of random histories of fleets whose wires delay, reorder and lose. */
class FleetSimulationTest {

    private static final BreakerSettings SETTINGS = settings(10_000);

    /** Opens and recovers quickly. */
    private static final BreakerSettings QUICK = Settings.with(s -> {
        s.failureThreshold = 2;
        s.minimumCalls = 2;
        s.successThreshold = 1;
        s.timeoutMillis = 3_000;
    });

    /** What two clocks' views of an end may differ by, and the way of a message. */
    private static final long LATE_MILLIS = 500;

    private static BreakerSettings settings(long timeoutMillis) {
        return Settings.with(s -> {
            s.timeoutMillis = timeoutMillis;
            s.halfOpenTimeoutMillis = 30_000;
        });
    }

    @Property(tries = 400)
    void promises_hold_after_every_step(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll State from,
            @ForAll("histories") List<Step> history) {
        SimulatedFleet fleet = new SimulatedFleet(4, SETTINGS, seed);
        fleet.forward(1_000);
        bringTo(from, fleet);
        List<Step> told = new ArrayList<>();
        for (Step step : history) {
            told.add(step);
            step.on(fleet);
            fleet.forward(step.thenMillis() / 2);
            checkQuota(fleet, told);
            fleet.forward(step.thenMillis() / 2);
            checkQuota(fleet, told);
        }
        long newest = newestEpoch(fleet);
        List<Earned> open = fleet.instances.stream()
                .filter(i -> isNewestOpen(i, newest))
                .map(i -> new Earned(i.circuit, fleet.nowMillis() + i.circuit.retryAfterMillis()))
                .toList();
        fleet.heal();
        fleet.forward(2_000);
        fleet.hearOfLastCalls();
        checkAgreement(fleet, told);
        boolean kept = open.stream().allMatch(earned -> earned.isKept(fleet.nowMillis()));
        if (!kept && !fleet.wasReset()) {
            fleet.instances.forEach(i -> assertThat(i.circuit.view().epoch())
                    .as("an OPEN was lost after %s", told)
                    .isGreaterThanOrEqualTo(newest));
        }
        recover(fleet, told);
    }

    /** Circuits that open and recover quickly part, and meet again, often. */
    @Property(tries = 400, seed = "1742")
    void who_was_cut_off_overturns_nothing_that_the_others_decided(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll boolean needsTwo,
            @ForAll boolean gently,
            @ForAll("histories") List<Step> history) {
        BreakerSettings quick = Settings.with(s -> {
            s.failureThreshold = 2;
            s.minimumCalls = 2;
            s.successThreshold = 1;
            s.timeoutMillis = 3_000;
            s.halfOpenTimeoutMillis = 20_000;
            s.minInstances = needsTwo ? 2 : 1;
            s.rampUpMillis = gently ? 2_000 : 0;
            s.timeoutGrowth = gently ? 2 : 1;
        });
        SimulatedFleet fleet = new SimulatedFleet(3, quick, seed);
        fleet.forward(1_000);
        fleet.instances.get(0).cut(true);
        for (Step step : history) {
            step.on(fleet);
            fleet.forward(step.thenMillis());
            assertThat(fleet.overturned).isEmpty();
        }
        fleet.heal();
        fleet.forward(3_000);
        assertThat(fleet.overturned).isEmpty();
    }

    @Property(tries = 400)
    void of_two_masters_that_both_answered_no_open_is_lost_that_is_the_later_word(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll @IntRange(min = 0, max = 3) int last,
            @ForAll("calls") List<Step> history) {
        SimulatedFleet fleet = new SimulatedFleet(4, QUICK, seed);
        fleet.forward(1_000);
        fleet.part(fleet.instances.subList(2, 4));
        for (Step step : history) {
            step.on(fleet);
            fleet.forward(step.thenMillis());
        }
        fleet.forward(8_000);
        new Calls(0, last, 3, Outcome.FAILURE, 5).on(fleet);
        fleet.forward(1_000);
        List<Earned> open = new ArrayList<>();
        for (int side = 0; side < 4; side += 2) {
            long othersClosed = fleet.closedFor(fleet.instances.get(2 - side));
            fleet.instances.subList(side, side + 2).stream()
                    .filter(i -> i.circuit.state() == State.OPEN && !i.circuit.onOwn())
                    .filter(i -> othersClosed - i.circuit.view().sinceMillis() > BreakerStore.SILENCE_MILLIS + 1_000)
                    .map(i -> new Earned(i.circuit, fleet.nowMillis() + i.circuit.retryAfterMillis()))
                    .forEach(open::add);
        }
        fleet.reunite();
        for (int tenth = 0; tenth < 50; tenth++) {
            assertThat(open).as("after %s", history).allMatch(earned -> earned.isKept(fleet.nowMillis() + LATE_MILLIS));
            fleet.forward(100);
        }
        fleet.forward(20_000);
        checkAgreement(fleet, history);
        recover(fleet, history);
    }

    /** The flaw of a trial budget that is forgotten with its store. */
    @Property(tries = 200)
    void trials_stay_within_the_quota_when_the_store_is_wiped_under_them(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll @LongRange(min = 5, max = 1_500) long running,
            @ForAll @LongRange(min = 10, max = 150) long between) {
        SimulatedFleet fleet = new SimulatedFleet(6, SETTINGS, seed);
        fleet.forward(1_000 + seed % 1_000);
        bringTo(State.HALF_OPEN, fleet);
        Step rush = new Rush(0, 6_000);
        rush.on(fleet);
        fleet.forward(running);
        fleet.wipe();
        for (long passed = 0; passed < 4_000; passed += between) {
            rush.on(fleet);
            fleet.forward(between);
            checkQuota(fleet, List.of(rush));
        }
    }

    /** As before, in the OPEN that follows: calls of one trial may still run when the next begins. */
    @Property(tries = 200)
    void trials_stay_within_the_quota_when_the_store_is_wiped_just_before_the_next_of_them(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll @LongRange(min = 5, max = 1_500) long left,
            @ForAll @LongRange(min = 10, max = 150) long between) {
        SimulatedFleet fleet = new SimulatedFleet(6, SETTINGS, seed);
        fleet.forward(1_000 + seed % 1_000);
        bringTo(State.HALF_OPEN, fleet);
        for (int running = 0; running < 2; running = fleet.trialsRunning()) {
            fleet.instances.get(running).call(Outcome.SUCCESS, 25_000);
            fleet.forward(300);
        }
        while (fleet.storeState() == State.HALF_OPEN) {
            fleet.instances.get(2).call(Outcome.FAILURE, 5);
            fleet.forward(100);
        }
        fleet.forward(SETTINGS.timeoutMillis() - 100 - left);
        fleet.wipe();
        Step rush = new Rush(0, 6_000);
        for (long passed = 0; passed < 6_000; passed += between) {
            rush.on(fleet);
            fleet.forward(between);
            checkQuota(fleet, List.of(rush));
        }
    }

    /** The calls of the trials before may still run when the next begin. */
    @Property(tries = 100)
    void trials_stay_within_the_quota_when_the_circuit_is_reset_under_them(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed) {
        SimulatedFleet fleet = new SimulatedFleet(2, SETTINGS, seed);
        fleet.forward(1_000 + seed % 1_000);
        bringTo(State.HALF_OPEN, fleet);
        fleet.wiresTake(5);
        for (int i = 0; i < 2; i++) {
            fleet.instances.get(0).call(Outcome.SUCCESS, 6_000);
            fleet.forward(60);
        }
        fleet.losesMessages(true);
        ServiceCircuit other = fleet.instances.get(1).circuit;
        other.reset("ada");
        fleet.forward(30);
        for (int i = 0; i < 5; i++) {
            other.settle(other.tryAcquire(), Outcome.FAILURE, 1_000_000, 100);
        }
        for (int passed = 0; passed < 1_500; passed += 60) {
            fleet.forward(60);
            fleet.instances.get(1).call(Outcome.SUCCESS, 6_000);
            checkQuota(fleet, List.of());
        }
        assertThat(fleet.storeState()).isEqualTo(State.HALF_OPEN);
    }

    /** The flaw of leases that run out while nobody can renew them. */
    @Property(tries = 200)
    void trials_stay_within_the_quota_when_the_store_was_silent_under_them(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll @LongRange(min = 500, max = 9_000) long silent,
            @ForAll @LongRange(min = 10, max = 150) long between) {
        SimulatedFleet fleet = new SimulatedFleet(6, SETTINGS, seed);
        fleet.forward(1_000 + seed % 1_000);
        bringTo(State.HALF_OPEN, fleet);
        Step rush = new Rush(0, 25_000);
        rush.on(fleet);
        fleet.forward(1_000 + seed % 1_000);
        fleet.serverUp(false);
        fleet.forward(silent);
        fleet.serverUp(true);
        for (long passed = 0; passed < 4_000; passed += between) {
            rush.on(fleet);
            fleet.forward(between);
            assertThat(fleet.instances.stream().mapToInt(i -> i.running.size()).sum())
                    .as("%d ms after", passed)
                    .isLessThanOrEqualTo(SETTINGS.halfOpenQuota());
        }
    }

    /** The flaw of a lease that is over before its call is. */
    @Test
    void an_instance_that_was_stopped_over_its_lease_reopens_nothing() {
        SimulatedFleet fleet = new SimulatedFleet(3, SETTINGS, 42);
        fleet.forward(1_000);
        bringTo(State.HALF_OPEN, fleet);
        SimulatedFleet.Instance stopped = fleet.instances.get(0);
        stopped.call(Outcome.FAILURE, 3_000);
        fleet.forward(1_000);
        assertThat(fleet.trialsRunning()).isEqualTo(1);
        stopped.freeze();
        fleet.forward(6_000);
        fleet.instances.get(1).call(Outcome.SUCCESS, 5);
        fleet.instances.get(2).call(Outcome.SUCCESS, 5);
        fleet.forward(500);
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
        stopped.thaw();
        for (int i = 0; i < 20; i++) {
            assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
            fleet.forward(100);
        }
        assertThat(fleet.instances).allMatch(i -> i.circuit.state() == State.CLOSED);
    }

    /** By then others may have its place. */
    @Test
    void a_permit_that_finds_its_instance_after_it_was_stopped_over_the_lease_lets_no_call_through() {
        SimulatedFleet fleet = new SimulatedFleet(2, SETTINGS, 42);
        fleet.forward(1_000);
        bringTo(State.HALF_OPEN, fleet);
        SimulatedFleet.Instance stopped = fleet.instances.get(0);
        CompletionStage<Boolean> passed = stopped.call(Outcome.SUCCESS, 5_000);
        stopped.freeze();
        fleet.forward(6_000);
        for (int i = 0; i < SETTINGS.halfOpenQuota(); i++) {
            fleet.instances.get(1).call(Outcome.SUCCESS, 5_000);
        }
        fleet.forward(500);
        assertThat(fleet.trialsRunning()).isEqualTo(SETTINGS.halfOpenQuota());
        stopped.thaw();
        fleet.forward(100);
        assertThat(passed).isCompletedWithValue(false);
    }

    /** The flaw of epochs that two sides count on from where they parted: the numbers meet, and mean different things. */
    @Test
    void a_trial_that_an_instance_made_while_cut_off_reopens_no_fleet_that_recovered_meanwhile() {
        SimulatedFleet fleet = new SimulatedFleet(3, SETTINGS, 42);
        fleet.forward(1_000);
        bringTo(State.OPEN, fleet);
        SimulatedFleet.Instance away = fleet.instances.get(0);
        new Fault(0, 0, Kind.CUT).on(fleet);
        fleet.forward(10_500);
        away.call(Outcome.FAILURE, 4_000);
        for (int i = 1; i < 3; i++) {
            fleet.instances.get(i).call(Outcome.SUCCESS, 5);
        }
        fleet.forward(1_000);
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
        fleet.heal();
        for (int second = 0; second < 30; second++) {
            fleet.forward(1_000);
            assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
            assertThat(fleet.instances.get(1).circuit.state()).isEqualTo(State.CLOSED);
        }
    }

    /** The flaw of a store that numbers anew what others still know by higher numbers. */
    @Test
    void what_is_ordered_just_after_the_store_was_wiped_holds_for_its_time_also_when_it_is_wiped_again() {
        SimulatedFleet fleet = new SimulatedFleet(3, SETTINGS, 42);
        fleet.forward(1_000);
        for (Mode mode : List.of(Mode.MONITOR, Mode.FORCED_CLOSED, Mode.DISABLED)) {
            order(fleet, 0, mode, Duration.ofDays(1));
        }
        betweenReports(fleet);
        fleet.wipe();
        order(fleet, 1, Mode.FORCED_OPEN, Duration.ofHours(2));
        for (int minute = 0; minute < 118; minute++) {
            fleet.forward(60_000);
            if (minute % 10 == 5) {
                fleet.wipe();
            }
            assertThat(fleet.instances).allMatch(i -> i.circuit.mode() == Mode.FORCED_OPEN);
        }
        SimulatedFleet.Instance late = fleet.join();
        fleet.forward(2_000);
        assertThat(late.circuit.mode()).isEqualTo(Mode.FORCED_OPEN);
        fleet.forward(180_000);
        assertThat(fleet.instances).allMatch(i -> i.circuit.mode() == Mode.ENFORCE && i.circuit.order() == null);
    }

    @Test
    void a_reset_just_after_the_store_was_wiped_closes_what_was_open() {
        SimulatedFleet fleet = new SimulatedFleet(3, SETTINGS, 42);
        fleet.forward(1_000);
        bringTo(State.OPEN, fleet);
        betweenReports(fleet);
        fleet.wipe();
        fleet.instances.get(1).circuit.reset("ada");
        fleet.forward(2_000);
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
        assertThat(fleet.instances).allMatch(i -> i.circuit.state() == State.CLOSED);
    }

    private static void betweenReports(SimulatedFleet fleet) {
        long before = fleet.reports;
        while (fleet.reports == before) {
            fleet.forward(50);
        }
        fleet.forward(450);
    }

    private static void order(SimulatedFleet fleet, int who, Mode mode, Duration duration) {
        fleet.instances.get(who).registry.mode(SimulatedFleet.SERVICE, mode, duration, "maintenance", "ada");
        fleet.forward(1_000);
    }

    /** No grant comes while its call still waits: it must serve the next one. */
    @Test
    void a_fleet_far_away_from_its_store_recovers() {
        SimulatedFleet fleet = new SimulatedFleet(3, SETTINGS, 42);
        fleet.forward(1_000);
        bringTo(State.HALF_OPEN, fleet);
        fleet.wiresTake(200);
        for (int i = 0; i < 4; i++) {
            fleet.instances.get(0).call(Outcome.SUCCESS, 5);
            fleet.forward(1_500);
            checkQuota(fleet, List.of());
        }
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
    }

    @Test
    void a_permit_that_came_too_late_and_serves_nobody_goes_back() {
        SimulatedFleet fleet = new SimulatedFleet(2, SETTINGS, 42);
        fleet.forward(1_000);
        bringTo(State.HALF_OPEN, fleet);
        fleet.wiresTake(200);
        for (int i = 0; i < 6; i++) {
            fleet.instances.get(0).call(Outcome.SUCCESS, 5);
        }
        fleet.forward(2_000);
        assertThat(fleet.instances.get(1).circuit.view().halfOpenQuota()).isZero();
        fleet.forward(6_000);
        assertThat(fleet.instances.get(1).circuit.view().halfOpenQuota()).isEqualTo(3);
    }

    /** A report that was under way when its trial ended must not keep the permit: a lease lasts five seconds. */
    @Property(tries = 500)
    void permits_come_back_also_when_a_report_overtakes_their_return(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll @LongRange(min = 700, max = 1_300) long took) {
        SimulatedFleet fleet = new SimulatedFleet(3, SETTINGS, seed);
        fleet.forward(1_000 + seed % 1_000);
        bringTo(State.HALF_OPEN, fleet);
        fleet.wiresTake(20);
        for (SimulatedFleet.Instance instance : fleet.instances) {
            instance.call(Outcome.IGNORED, took);
        }
        fleet.forward(100);
        fleet.wiresTake(0);
        fleet.forward(took + 400);
        // Each instance hears of it by its next report.
        fleet.forward(1_200);
        assertThat(fleet.instances).allMatch(i -> i.circuit.view().halfOpenQuota() == SETTINGS.halfOpenQuota());
    }

    @Test
    void one_failing_instance_tells_a_thousand() {
        SimulatedFleet fleet = new SimulatedFleet(1_000, SETTINGS, 42);
        fleet.forward(15_000);
        for (int i = 0; i < 5; i++) {
            fleet.instances.get(0).call(Outcome.FAILURE, 1);
        }
        fleet.forward(100);
        assertThat(fleet.instances.stream().filter(i -> i.circuit.state() == State.OPEN))
                .as("after 100 ms")
                .hasSizeGreaterThan(500);
        fleet.forward(900);
        assertThat(fleet.instances).allMatch(i -> i.circuit.state() == State.OPEN);
    }

    /** Load follows services and, slowly, instances; never calls. */
    @Test
    void the_stores_load_hardly_grows_with_the_fleet() {
        assertThat(reportsPerSecond(10, 100)).isBetween(9.0, 11.0);
        assertThat(reportsPerSecond(1_000, 1)).isLessThan(600);
        // Under a fifth of a command for each instance.
        assertThat(reportsPerSecond(10_000, 0)).isLessThan(2_000);
    }

    private static double reportsPerSecond(int instances, int callsPerSecond) {
        SimulatedFleet fleet = new SimulatedFleet(instances, settings(60_000), 7);
        fleet.forward(30_000);
        long before = fleet.reports;
        for (int second = 0; second < 20; second++) {
            for (int i = 0; i < callsPerSecond; i++) {
                fleet.instances.forEach(instance -> instance.call(Outcome.SUCCESS, 1));
            }
            fleet.forward(1_000);
        }
        return (fleet.reports - before) / 20.0;
    }

    /** Histories that begin where it becomes interesting find more. */
    @Test
    void a_fleet_without_calls_reports_seldom_and_as_ever_once_there_is_one() {
        SimulatedFleet fleet = new SimulatedFleet(2, SETTINGS, 7);
        fleet.forward(90_000);
        assertThat(reportsIn(20_000, fleet)).isBetween(10L, 15L);
        fleet.instances.get(0).call(Outcome.SUCCESS, 0);
        fleet.forward(6_000);
        assertThat(reportsIn(20_000, fleet)).isBetween(30L, 42L);
    }

    private static long reportsIn(long millis, SimulatedFleet fleet) {
        long before = fleet.reports;
        fleet.forward(millis);
        return fleet.reports - before;
    }

    private static void bringTo(State state, SimulatedFleet fleet) {
        if (state != State.CLOSED) {
            for (int i = 0; i < 5; i++) {
                fleet.instances.get(0).call(Outcome.FAILURE, 0);
            }
            fleet.forward(1_000);
        }
        if (state == State.HALF_OPEN) {
            fleet.forward(10_000);
        }
        assertThat(fleet.instances).allMatch(i -> i.circuit.state() == state);
    }

    private static void checkQuota(SimulatedFleet fleet, List<Step> told) {
        assertThat(fleet.trialsRunning())
                .as("trial calls at once after %s", told)
                .isLessThanOrEqualTo(SETTINGS.halfOpenQuota());
    }

    private static long newestEpoch(SimulatedFleet fleet) {
        return fleet.instances.stream()
                .mapToLong(i -> i.circuit.view().epoch())
                .max()
                .orElse(0);
    }

    private static boolean isNewestOpen(SimulatedFleet.Instance instance, long newest) {
        return instance.circuit.state() == State.OPEN && instance.circuit.view().epoch() == newest;
    }

    private static void checkAgreement(SimulatedFleet fleet, List<Step> told) {
        List<State> states = states(fleet);
        if (states.stream().anyMatch(state -> state != fleet.storeState())) {
            // An OPEN may have ended just now, by the clock alone: all hear of it in a moment.
            fleet.forward(500);
            states = states(fleet);
        }
        assertThat(states).as("after %s and two calm seconds", told).hasSizeLessThanOrEqualTo(1);
        if (!states.isEmpty()) {
            assertThat(states).as("after %s and two calm seconds", told).containsExactly(fleet.storeState());
        }
    }

    /** What an instance earned alone against an epoch that is over is kept there for its time. */
    private static List<State> states(SimulatedFleet fleet) {
        return fleet.instances.stream()
                .filter(i -> !i.circuit.onOwn())
                .map(i -> i.circuit.state())
                .distinct()
                .toList();
    }

    /** With good calls every fleet is closed again within its times: none sticks in OPEN or HALF_OPEN. */
    private static void recover(SimulatedFleet fleet, List<Step> told) {
        for (int second = 0; second < 60; second++) {
            fleet.instances.forEach(i -> i.call(Outcome.SUCCESS, 5));
            fleet.forward(1_000);
        }
        assertThat(fleet.instances)
                .as("a minute after %s", told)
                .allMatch(i -> i.circuit.state() == State.CLOSED && i.registry.mode() == StoreMode.SHARED);
        assertThat(fleet.storeState()).isEqualTo(State.CLOSED);
    }

    @Provide
    Arbitrary<List<Step>> histories() {
        Arbitrary<Long> wait = Arbitraries.frequencyOf(
                Tuple.of(5, Arbitraries.longs().between(0, 100)),
                Tuple.of(4, Arbitraries.longs().between(100, 2_000)),
                Tuple.of(2, Arbitraries.longs().between(2_000, 12_000)));
        Arbitrary<Integer> who = Arbitraries.integers().between(0, 3);
        Arbitrary<Step> calls = Combinators.combine(
                        wait,
                        who,
                        Arbitraries.integers().between(1, 6),
                        Arbitraries.of(Outcome.FAILURE, Outcome.FAILURE, Outcome.SUCCESS, Outcome.IGNORED),
                        Arbitraries.longs().between(0, 4_000))
                .as(Calls::new);
        Arbitrary<Step> rush = Combinators.combine(wait, Arbitraries.longs().between(500, 4_000))
                .as(Rush::new);
        Arbitrary<Step> fault =
                Combinators.combine(wait, who, Arbitraries.of(Kind.values())).as(Fault::new);
        return Arbitraries.frequencyOf(Tuple.of(4, calls), Tuple.of(3, rush), Tuple.of(3, fault))
                .list()
                .ofMinSize(1)
                .ofMaxSize(40);
    }

    @Provide
    Arbitrary<List<Step>> calls() {
        Arbitrary<Step> calls = Combinators.combine(
                        Arbitraries.longs().between(100, 4_000),
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.of(Outcome.FAILURE, Outcome.SUCCESS, Outcome.SUCCESS))
                .as((wait, who, outcome) -> new Calls(wait, who, 3, outcome, 5));
        return calls.list().ofMinSize(4).ofMaxSize(20);
    }

    /** An OPEN of the newest epoch. Where the fleet recovered meanwhile it is kept by who earned it, for its time. */
    private record Earned(ServiceCircuit circuit, long untilMillis) {

        boolean isKept(long now) {
            return circuit.state() == State.OPEN || now >= untilMillis;
        }
    }

    /** One step of a history, and how long it is calm afterwards. */
    sealed interface Step {

        long thenMillis();

        void on(SimulatedFleet fleet);
    }

    record Calls(long thenMillis, int who, int calls, Outcome outcome, long tookMillis) implements Step {

        @Override
        public void on(SimulatedFleet fleet) {
            for (int i = 0; i < calls; i++) {
                fleet.instances.get(who % fleet.instances.size()).call(outcome, tookMillis);
            }
        }
    }

    /** Everybody calls at once, and the calls take their time. */
    record Rush(long thenMillis, long tookMillis) implements Step {

        @Override
        public void on(SimulatedFleet fleet) {
            for (int i = 0; i < 2; i++) {
                fleet.instances.forEach(instance -> instance.call(Outcome.SUCCESS, tookMillis));
            }
        }
    }

    enum Kind {
        CUT,
        JOIN_AGAIN,
        STOP,
        CONTINUE,
        SERVER_DOWN,
        SERVER_UP,
        SERVER_UP_EMPTY,
        WIPE,
        LOSE_MESSAGES,
        KILL_AND_START,
        RESET
    }

    record Fault(long thenMillis, int who, Kind kind) implements Step {

        @Override
        public void on(SimulatedFleet fleet) {
            SimulatedFleet.Instance instance = fleet.instances.get(who % fleet.instances.size());
            switch (kind) {
                case CUT -> instance.cut(true);
                case JOIN_AGAIN -> instance.cut(false);
                case STOP -> instance.freeze();
                case CONTINUE -> instance.thaw();
                case SERVER_DOWN -> fleet.serverUp(false);
                case SERVER_UP -> fleet.serverUp(true);
                case SERVER_UP_EMPTY -> {
                    fleet.wipe();
                    fleet.serverUp(true);
                }
                case WIPE -> fleet.wipe();
                case LOSE_MESSAGES -> fleet.losesMessages(true);
                case KILL_AND_START -> {
                    fleet.kill(instance);
                    fleet.join();
                }
                case RESET -> instance.circuit.reset("test");
            }
        }
    }
}
