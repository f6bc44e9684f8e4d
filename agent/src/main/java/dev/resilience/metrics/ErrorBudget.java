package dev.resilience.metrics;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an availability goal allows to fail, and how quickly that is used up. Immutable.
 *
 * @param calls in the window
 * @param bad of them, those that failed or were rejected
 * @param allowed how many might have been bad; not rounded
 * @param burnRates by window, see {@link #WINDOWS}: 1 uses up a period's budget exactly in that period
 * @param badIn by window, how many were bad
 */
public record ErrorBudget(
        long calls, long bad, double allowed, Map<Duration, Double> burnRates, Map<Duration, Long> badIn) {

    /**
     * The windows of multi-window burn alerts (The Site Reliability Workbook, chapter 5, table 5-8) as far as a day of
     * history reaches.
     */
    public static final List<Duration> WINDOWS = List.of(
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofHours(1),
            Duration.ofHours(2),
            Duration.ofHours(6),
            Duration.ofHours(24));

    /** Share of the window's budget that is left, 1 for all; below 0 when more than it was used. */
    public double remaining() {
        if (calls == 0) {
            return 1;
        }
        return allowed == 0 ? (bad == 0 ? 1 : -bad) : 1 - bad / allowed;
    }

    /**
     * From a service's course.
     *
     * @param availability goal in percent
     * @param fine the last two hours by the minute
     * @param coarse the last 24 hours by ten minutes
     */
    static ErrorBudget of(double availability, List<Span> fine, List<Span> coarse) {
        double allowedShare = 1 - availability / 100;
        Map<Duration, Double> burnRates = new LinkedHashMap<>();
        Map<Duration, Long> badIn = new LinkedHashMap<>();
        Sum whole = new Sum();
        for (Duration window : WINDOWS) {
            List<Span> spans = window.compareTo(Duration.ofHours(2)) > 0 ? coarse : fine;
            Sum sum = new Sum();
            for (Span span : spans) {
                if (span.ageMillis() - span.lengthMillis() < window.toMillis()) {
                    sum.add(span);
                }
            }
            burnRates.put(window, sum.badShare() == 0 ? 0.0 : sum.badShare() / Math.max(allowedShare, 1e-9));
            badIn.put(window, sum.bad);
            whole = sum;
        }
        return new ErrorBudget(
                whole.calls, whole.bad, allowedShare * whole.calls, Map.copyOf(burnRates), Map.copyOf(badIn));
    }

    private static final class Sum {

        private long calls;
        private long bad;

        void add(Span span) {
            for (EndpointFigures endpoint : span.endpoints().values()) {
                calls += endpoint.requests();
                bad += endpoint.requests() - endpoint.successes();
            }
        }

        double badShare() {
            return calls == 0 ? 0 : (double) bad / calls;
        }
    }
}
