package dev.resilience.health.alert;

import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig.Alerts;
import dev.resilience.health.alert.Finding.Kind;
import dev.resilience.health.alert.Finding.Severity;
import dev.resilience.health.alert.Observation.OfService;
import dev.resilience.metrics.ErrorBudget;
import dev.resilience.metrics.Objective;
import dev.resilience.metrics.SloReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What is the matter at one moment. Has no state. */
final class AlertRules {

    /** Fewer calls than this prove nothing about a rate or a percentile. */
    private static final long FEWEST_CALLS = 10;

    /** Fewer bad calls than this burn no budget: a service with few calls would page at its first failure. */
    private static final long FEWEST_BAD = 5;

    private static final double NANOS_PER_MILLI = 1e6;

    /**
     * The long window says that it matters, the short one that it still goes on (The Site Reliability Workbook, table 5-8,
     * for a budget of 30 days; its last row needs three days of history and is left out).
     */
    private static final List<Burn> BURNS = List.of(
            new Burn(Duration.ofHours(1), Duration.ofMinutes(5), 14.4, Severity.CRITICAL),
            new Burn(Duration.ofHours(6), Duration.ofMinutes(30), 6, Severity.CRITICAL),
            new Burn(Duration.ofHours(24), Duration.ofHours(2), 3, Severity.WARNING));

    private AlertRules() {}

    static List<Finding> findings(Alerts limits, Observation observation) {
        List<Finding> findings = new ArrayList<>();
        for (OfService service : observation.services()) {
            down(service, limits, findings);
            latency(service, limits, findings);
            violation(service, findings);
            burn(service, findings);
        }
        cascade(observation, findings);
        return findings;
    }

    /** Counted from the first OPEN: an outage that is tried again every minute is never OPEN for two minutes at a time. */
    private static void down(OfService service, Alerts limits, List<Finding> findings) {
        if (service.state() != State.CLOSED
                && service.downMillis() > limits.serviceDownAfter().toMillis()) {
            findings.add(new Finding(
                    Kind.SERVICE_DOWN,
                    service.service(),
                    Severity.CRITICAL,
                    "The circuit of '" + service.service() + "' has been open for "
                            + Words.length(service.downMillis()),
                    service.downMillis(),
                    limits.serviceDownAfter().toMillis()));
        }
    }

    private static void latency(OfService service, Alerts limits, List<Finding> findings) {
        double p99 = service.lately().latency().percentileNanos(99) / NANOS_PER_MILLI;
        long limit = limits.highLatency().toMillis();
        if (service.lately().latency().count() >= FEWEST_CALLS && p99 > limit) {
            findings.add(new Finding(
                    Kind.HIGH_LATENCY,
                    service.service(),
                    Severity.WARNING,
                    "p99 of '" + service.service() + "' is " + Words.length(Math.round(p99))
                            + " over the last 5 minutes (limit " + Words.length(limit) + ")",
                    p99,
                    limit));
        }
    }

    private static void violation(OfService service, List<Finding> findings) {
        SloReport slo = service.slo();
        long requests = service.lately().requests();
        if (slo == null || requests < FEWEST_CALLS) {
            return;
        }
        double goal = slo.objective(Objective.Kind.AVAILABILITY).goal();
        double rate = 100.0 * service.lately().successes() / requests;
        if (rate < goal) {
            findings.add(new Finding(
                    Kind.SLO_VIOLATION,
                    service.service(),
                    Severity.WARNING,
                    String.format(
                            Locale.ROOT,
                            "'%s' answered %.2f %% of %d calls in the last 5 minutes (goal %s %%)",
                            service.service(),
                            Math.floor(rate * 100) / 100,
                            requests,
                            Words.number(goal)),
                    rate,
                    goal));
        }
    }

    private static void burn(OfService service, List<Finding> findings) {
        SloReport slo = service.slo();
        if (slo == null) {
            return;
        }
        ErrorBudget budget = slo.budget();
        for (Burn burn : BURNS) {
            double rate = budget.burnRates().getOrDefault(burn.longWindow, 0.0);
            if (rate >= burn.rate
                    && budget.burnRates().getOrDefault(burn.shortWindow, 0.0) >= burn.rate
                    && budget.badIn().getOrDefault(burn.longWindow, 0L) >= FEWEST_BAD) {
                findings.add(new Finding(
                        Kind.ERROR_BUDGET_BURN,
                        service.service(),
                        burn.severity,
                        String.format(
                                Locale.ROOT,
                                "'%s' uses up its error budget %.1f times as fast as it may (over %s)",
                                service.service(),
                                rate,
                                Words.length(burn.longWindow.toMillis())),
                        rate,
                        burn.rate));
                return;
            }
        }
    }

    private static void cascade(Observation observation, List<Finding> findings) {
        List<String> open = observation.services().stream()
                .filter(service -> service.state() == State.OPEN)
                .map(OfService::service)
                .toList();
        if (open.size() >= 2 || !observation.cascades().isEmpty()) {
            String spread = observation.cascades().isEmpty()
                    ? ""
                    : "; spread along " + String.join(", ", observation.cascades());
            findings.add(new Finding(
                    Kind.CASCADING_FAILURE,
                    "",
                    Severity.CRITICAL,
                    open.size() + (open.size() == 1 ? " circuit is" : " circuits are") + " OPEN: "
                            + String.join(", ", open) + spread,
                    open.size(),
                    2));
        }
    }

    private record Burn(Duration longWindow, Duration shortWindow, double rate, Severity severity) {}
}
