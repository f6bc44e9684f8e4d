package dev.resilience.metrics;

import dev.resilience.config.AgentConfig.Slo;
import dev.resilience.metrics.Objective.Kind;
import dev.resilience.metrics.Objective.Status;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A service against its goals, over a while. Immutable. Nothing measured misses no goal. */
public record SloReport(String service, List<Objective> objectives, ErrorBudget budget) {

    /** Over what goals are judged and the budget is counted. */
    public static final Duration WINDOW = Duration.ofHours(24);

    private static final double CRITICAL_AVAILABILITY = 99;
    private static final double CRITICAL_P99_MILLIS = 5_000;
    private static final double CRITICAL_RECOVERY_MILLIS = 600_000;
    private static final double NANOS_PER_MILLI = 1e6;

    public boolean met() {
        return objectives.stream().allMatch(Objective::met);
    }

    public Objective objective(Kind kind) {
        return objectives.stream()
                .filter(each -> each.kind() == kind)
                .findFirst()
                .orElseThrow();
    }

    static SloReport of(ServiceFigures figures, Slo goals, ErrorBudget budget) {
        return new SloReport(
                figures.service(),
                List.of(
                        availability(figures.total(), goals.availability()),
                        latency(figures.total().latency(), goals.latencyP99()),
                        recovery(figures.transitions(), goals.recoveryTime())),
                budget);
    }

    private static Objective availability(EndpointFigures total, double goal) {
        double ratio = total.requests() == 0 ? 1 : (double) total.successes() / total.requests();
        Double actual = total.requests() == 0 ? null : 100 * ratio;
        // A goal below the critical mark is not critical before it is missed.
        return objective(
                Kind.AVAILABILITY,
                goal,
                actual,
                ratio,
                actual != null && actual < goal,
                actual != null && actual < Math.min(CRITICAL_AVAILABILITY, goal));
    }

    private static Objective latency(Latency latency, Duration goal) {
        double goalMillis = goal.toMillis();
        Double p99 = latency.count() == 0 ? null : latency.percentileNanos(99) / NANOS_PER_MILLI;
        double ratio = latency.count() == 0 ? 1 : (double) latency.countUpTo(goal.toNanos()) / latency.count();
        return objective(
                Kind.LATENCY_P99,
                goalMillis,
                p99,
                ratio,
                p99 != null && p99 > goalMillis,
                p99 != null && p99 > Math.max(CRITICAL_P99_MILLIS, goalMillis));
    }

    /** The longest outage counts, and one that is not over counts as long as it has lasted. */
    private static Objective recovery(TransitionFigures transitions, Duration goal) {
        long goalMillis = goal.toMillis();
        long longest = 0;
        long good = 0;
        long all = 0;
        for (long millis : transitions.latelyMillis()) {
            longest = Math.max(longest, millis);
            all++;
            good += millis <= goalMillis ? 1 : 0;
        }
        if (transitions.recoveringMillis() > goalMillis) {
            longest = Math.max(longest, transitions.recoveringMillis());
            all++;
        }
        return objective(
                Kind.RECOVERY_TIME,
                goalMillis,
                all == 0 ? null : (double) longest,
                all == 0 ? 1 : (double) good / all,
                longest > goalMillis,
                longest > Math.max(CRITICAL_RECOVERY_MILLIS, goalMillis));
    }

    private static Objective objective(
            Kind kind, double goal, @Nullable Double actual, double ratio, boolean missed, boolean critical) {
        Status status = critical ? Status.CRITICAL : missed ? Status.MISSED : Status.MET;
        return new Objective(kind, goal, actual, ratio, status);
    }
}
