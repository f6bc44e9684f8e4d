package dev.resilience.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.FakeTime;
import dev.resilience.breaker.State;
import dev.resilience.breaker.Transition;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ScribeTest {

    private static final long MILLI = 1_000_000;
    private static final Duration HOUR = Duration.ofHours(1);

    private final FakeTime time = new FakeTime();
    private final Fleet fleet = new Fleet();
    private final Instance first = new Instance("first");
    private final Instance second = new Instance("second");

    @AfterEach
    void close() {
        first.scribe.close();
        second.scribe.close();
    }

    @Test
    void any_instance_answers_for_the_fleet_with_the_real_percentiles() {
        for (int i = 0; i < 98; i++) {
            first.metrics.endpoint("calcom", "slots").record(CallOutcome.SUCCESS, 10 * MILLI);
        }
        second.metrics.endpoint("calcom", "slots").record(CallOutcome.SUCCESS, 4_000 * MILLI);
        second.metrics.endpoint("calcom", "slots").record(CallOutcome.FAILURE, 4_000 * MILLI);
        time.forward(Duration.ofSeconds(10));

        FleetFigures.Answer answer = second.over(HOUR);

        assertThat(answer.fleet()).isTrue();
        EndpointFigures total = answer.services().get("calcom").total();
        assertThat(total.requests()).isEqualTo(100);
        assertThat(total.successRate()).isEqualTo(99.0);
        assertThat(total.latency().percentileNanos(50)).isBetween(9_900_000L, 10_100_000L);
        assertThat(total.latency().percentileNanos(99)).isBetween(3_960 * MILLI, 4_040 * MILLI);
    }

    @Test
    void own_calls_are_in_the_answer_to_the_last_one() {
        first.metrics.endpoint("calcom", "slots").record(CallOutcome.SUCCESS, MILLI);
        assertThat(first.over(HOUR).services().get("calcom").total().requests()).isEqualTo(1);
        first.metrics.endpoint("calcom", "slots").record(CallOutcome.REJECTED, MILLI);
        assertThat(first.over(HOUR).services().get("calcom").total().requests()).isEqualTo(2);
    }

    @Test
    void while_the_store_is_away_the_instance_answers_alone_and_tells_later() {
        first.metrics.endpoint("calcom", "slots").record(CallOutcome.SUCCESS, MILLI);
        time.forward(Duration.ofSeconds(10));
        fleet.up = false;
        for (int minute = 0; minute < 5; minute++) {
            first.metrics.endpoint("calcom", "slots").record(CallOutcome.SUCCESS, MILLI);
            time.forward(Duration.ofMinutes(1));
        }

        assertThat(first.over(HOUR).fleet()).isFalse();
        assertThat(first.over(HOUR).services().get("calcom").total().requests()).isEqualTo(6);
        assertThat(second.over(HOUR).services().get("calcom").total().requests())
                .isZero();

        fleet.up = true;
        time.forward(Duration.ofSeconds(10));
        assertThat(second.over(HOUR).services().get("calcom").total().requests())
                .isEqualTo(6);
        assertThat(fleet.log
                        .read("calcom", HOUR, FigureStore.Step.MINUTE)
                        .toCompletableFuture()
                        .join()
                        .size())
                .isGreaterThanOrEqualTo(5);
    }

    @Test
    void a_batch_whose_reply_was_lost_counts_once() {
        fleet.losesReplies = true;
        first.metrics.endpoint("calcom", "slots").record(CallOutcome.SUCCESS, MILLI);
        time.forward(Duration.ofSeconds(30));
        first.metrics.endpoint("calcom", "slots").record(CallOutcome.SUCCESS, MILLI);
        time.forward(Duration.ofSeconds(30));
        fleet.losesReplies = false;
        time.forward(Duration.ofSeconds(10));

        assertThat(second.over(HOUR).services().get("calcom").total().requests())
                .isEqualTo(2);
    }

    @Test
    void a_wide_distribution_goes_in_pieces_that_add_up() {
        for (long nanos = 1_000; nanos < 60_000 * MILLI; nanos += nanos / 50) {
            first.metrics.endpoint("calcom", "slots").record(CallOutcome.SUCCESS, nanos);
        }
        time.forward(Duration.ofSeconds(10));

        assertThat(fleet.batches).isGreaterThan(3);
        assertThat(second.over(HOUR).services().get("calcom").total())
                .isEqualTo(first.metrics.figures("calcom").total());
    }

    @Test
    void nothing_is_sent_for_services_without_calls() {
        first.metrics.endpoint("calcom", "slots").record(CallOutcome.SUCCESS, MILLI);
        time.forward(Duration.ofMinutes(10));
        assertThat(fleet.batches).isEqualTo(1);
    }

    @Test
    void the_pace_slows_as_the_fleet_grows() {
        fleet.batchesBefore = 60_000;
        for (int second = 0; second < 600; second++) {
            first.metrics.endpoint("calcom", "slots").record(CallOutcome.SUCCESS, MILLI);
            time.forward(Duration.ofSeconds(1));
        }
        assertThat(fleet.batches).isLessThan(30);
    }

    @Test
    void transitions_are_the_fleets_and_a_recovery_lasts_from_the_first_open() {
        first.transition(State.CLOSED, State.OPEN, 2);
        time.forward(Duration.ofSeconds(30));
        first.transition(State.OPEN, State.HALF_OPEN, 3);
        first.transition(State.HALF_OPEN, State.OPEN, 4);
        time.forward(Duration.ofSeconds(30));
        first.transition(State.OPEN, State.HALF_OPEN, 5);
        time.forward(Duration.ofSeconds(2));
        first.transition(State.HALF_OPEN, State.CLOSED, 6);
        time.forward(Duration.ofSeconds(8));
        fleet.transitions.add("calcom", first.transitions.entries("calcom", Long.MAX_VALUE));
        fleet.transitions.add("calcom", first.transitions.entries("calcom", Long.MAX_VALUE));

        TransitionFigures figures = second.over(HOUR).services().get("calcom").transitions();

        assertThat(figures.recoveries()).isEqualTo(1);
        assertThat(figures.lastRecoveryMillis()).isEqualTo(62_000);
        assertThat(figures.recoveringMillis()).isZero();
        assertThat(figures.counts()).containsEntry(new TransitionFigures.Kind(State.OPEN, State.HALF_OPEN), 2L);
        assertThat(figures.millisIn())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(State.CLOSED, 8_000L, State.OPEN, 60_000L, State.HALF_OPEN, 2_000L));
    }

    @Test
    void an_outage_that_began_before_the_window_is_felt_in_it() {
        first.transition(State.CLOSED, State.OPEN, 2);
        time.forward(Duration.ofMinutes(30));

        fleet.transitions.add("calcom", first.transitions.entries("calcom", Long.MAX_VALUE));
        TransitionFigures figures =
                second.over(Duration.ofMinutes(5)).services().get("calcom").transitions();

        assertThat(figures.counts()).isEmpty();
        assertThat(figures.millisIn()).containsEntry(State.OPEN, 300_000L);
        assertThat(figures.recoveringMillis()).isEqualTo(1_800_000);
    }

    private final class Instance {

        final CallMetrics metrics = new CallMetrics(time);
        final MinuteLog log = new MinuteLog(time::unixMillis);
        final Chronicle transitions = new Chronicle(time);
        final Scribe scribe;
        final FleetFigures figures;

        Instance(String name) {
            scribe = new Scribe(metrics, log, fleet, name, time, time, time::unixMillis);
            figures = new FleetFigures(scribe, log, transitions, fleet, fleet.transitions);
            scribe.start();
        }

        FleetFigures.Answer over(Duration window) {
            return figures.over(List.of("calcom"), window).toCompletableFuture().join();
        }

        void transition(State from, State to, long epoch) {
            transitions.onTransition(new Transition("calcom", from, to, epoch, "test", time.unixMillis(), 0));
        }
    }

    private final class Fleet implements FigureStore {

        final MinuteLog log = new MinuteLog(time::unixMillis);
        final Chronicle transitions = new Chronicle(time);
        boolean up = true;
        boolean losesReplies;
        long batchesBefore;
        int batches;

        @Override
        public CompletionStage<Long> add(String service, Batch batch) {
            if (!up) {
                return CompletableFuture.failedFuture(new IllegalStateException("away"));
            }
            batches++;
            log.add(service, batch);
            return losesReplies
                    ? CompletableFuture.failedFuture(new IllegalStateException("no reply"))
                    : CompletableFuture.completedFuture(batchesBefore);
        }

        @Override
        public CompletionStage<List<Span>> read(String service, Duration window, Step step) {
            return up
                    ? log.read(service, window, step)
                    : CompletableFuture.failedFuture(new IllegalStateException("away"));
        }
    }
}
