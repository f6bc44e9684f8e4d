package dev.resilience.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.resilience.breaker.FakeTime;
import dev.resilience.breaker.State;
import dev.resilience.breaker.Transition;
import dev.resilience.config.AgentConfig.Slo;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SloReportTest {

    private static final long MILLI = 1_000_000;
    private static final Slo GOALS = new Slo(99.9, Duration.ofSeconds(1), Duration.ofSeconds(300));

    private final FakeTime time = new FakeTime();
    private final CallMetrics metrics = new CallMetrics(time);
    private final MinuteLog log = new MinuteLog(time::unixMillis);
    private final Chronicle chronicle = new Chronicle(time);
    private final Scribe scribe = new Scribe(metrics, log, null, "test", time, time, time::unixMillis);
    private final FleetFigures figures = new FleetFigures(scribe, log, chronicle, null, null);

    @Test
    void nothing_measured_misses_no_goal() {
        SloReport report = judge();

        assertThat(report.met()).isTrue();
        assertThat(report.objectives())
                .allSatisfy(each -> assertThat(each.actual()).isNull());
        assertThat(report.budget().remaining()).isEqualTo(1);
        assertThat(report.budget().burnRates().values()).containsOnly(0.0);
    }

    @Test
    void each_goal_is_met_missed_or_critical() {
        calls(999, 1, 500);
        assertThat(judge().met()).isTrue();
        calls(0, 1, 500);
        assertThat(status(Objective.Kind.AVAILABILITY)).isEqualTo(Objective.Status.MISSED);
        calls(0, 20, 500);
        assertThat(status(Objective.Kind.AVAILABILITY)).isEqualTo(Objective.Status.CRITICAL);

        assertThat(status(Objective.Kind.LATENCY_P99)).isEqualTo(Objective.Status.MET);
        calls(30, 0, 1_200);
        assertThat(status(Objective.Kind.LATENCY_P99)).isEqualTo(Objective.Status.MISSED);
        calls(30, 0, 6_000);
        assertThat(status(Objective.Kind.LATENCY_P99)).isEqualTo(Objective.Status.CRITICAL);

        transition(State.CLOSED, State.OPEN, 2);
        time.forward(Duration.ofSeconds(300));
        assertThat(status(Objective.Kind.RECOVERY_TIME)).isEqualTo(Objective.Status.MET);
        time.forward(Duration.ofSeconds(1));
        assertThat(status(Objective.Kind.RECOVERY_TIME)).isEqualTo(Objective.Status.MISSED);
        time.forward(Duration.ofSeconds(300));
        assertThat(status(Objective.Kind.RECOVERY_TIME)).isEqualTo(Objective.Status.CRITICAL);
        transition(State.OPEN, State.CLOSED, 3);
        assertThat(judge().objective(Objective.Kind.RECOVERY_TIME).actual()).isEqualTo(601_000.0);
    }

    @Test
    void a_rejected_call_is_one_the_dependency_was_not_there_for() {
        calls(90, 0, 10);
        for (int i = 0; i < 10; i++) {
            metrics.endpoint("calcom", "slots").fallback("stale_cache", CallOutcome.REJECTED, MILLI, MILLI);
        }
        assertThat(judge().objective(Objective.Kind.AVAILABILITY).actual()).isEqualTo(90.0);
    }

    @Test
    void ratios_are_shares_of_good_events() {
        calls(950, 0, 500);
        calls(0, 50, 2_000);

        assertThat(judge().objective(Objective.Kind.AVAILABILITY).ratio()).isEqualTo(0.95);
        assertThat(judge().objective(Objective.Kind.LATENCY_P99).ratio()).isEqualTo(0.95);
        assertThat(judge().objective(Objective.Kind.RECOVERY_TIME).ratio()).isEqualTo(1);
    }

    @Test
    void the_budget_burns_by_window() {
        for (int minute = 0; minute < 12 * 60; minute++) {
            calls(100, 0, 10);
            time.forward(Duration.ofMinutes(1));
        }
        for (int minute = 0; minute < 6; minute++) {
            calls(98, 2, 10);
            time.forward(Duration.ofMinutes(1));
        }

        ErrorBudget budget = judge().budget();

        assertThat(budget.calls()).isEqualTo(100 * (12 * 60 + 6));
        assertThat(budget.bad()).isEqualTo(12);
        assertThat(budget.allowed()).isCloseTo(72.6, within(0.01));
        assertThat(budget.remaining()).isCloseTo(1 - 12 / 72.6, within(0.001));
        assertThat(budget.burnRates().get(Duration.ofMinutes(5))).isCloseTo(20, within(0.01));
        assertThat(budget.burnRates().get(Duration.ofHours(1))).isCloseTo(2, within(0.1));
        time.forward(Duration.ofHours(3));
        assertThat(judge().budget().burnRates().get(Duration.ofHours(1))).isZero();
    }

    private void calls(int good, int bad, long millis) {
        for (int i = 0; i < good; i++) {
            metrics.endpoint("calcom", "slots").record(CallOutcome.SUCCESS, millis * MILLI);
        }
        for (int i = 0; i < bad; i++) {
            metrics.endpoint("calcom", "slots").record(CallOutcome.FAILURE, millis * MILLI);
        }
        scribe.flush();
    }

    private void transition(State from, State to, long epoch) {
        chronicle.onTransition(new Transition("calcom", from, to, epoch, "test", time.unixMillis(), 0));
    }

    private Objective.Status status(Objective.Kind kind) {
        return judge().objective(kind).status();
    }

    private SloReport judge() {
        return figures.judge(Map.of("calcom", GOALS))
                .toCompletableFuture()
                .join()
                .services()
                .get("calcom");
    }
}
