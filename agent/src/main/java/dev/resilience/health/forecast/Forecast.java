package dev.resilience.health.forecast;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is to be expected of one service. Immutable.
 *
 * @param trend of its response time
 * @param nowMillis typical response time now; 0 when unknown
 * @param perHour by how many milliseconds an hour it changes, with the ends of an interval of 95 %
 * @param chance that the trend is an accident, 0 to 1
 * @param failureRate share of failures in the last while, 0 to 1
 * @param usualFailureRate the same over the day before
 * @param samples how many the forecast rests on
 */
public record Forecast(
        Direction trend,
        double nowMillis,
        double perHour,
        double perHourLow,
        double perHourHigh,
        double chance,
        double failureRate,
        double usualFailureRate,
        int samples,
        List<Expected> expected,
        List<String> recommendations) {

    /** Where response times go. */
    public enum Direction {
        RISING,
        FALLING,
        STEADY,
        /** There is too little to tell. */
        UNKNOWN;

        /** The name on every surface. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A trouble to come.
     *
     * @param kind {@code response_time}, {@code failure_rate} or {@code time_of_day}
     * @param summary in words, for people
     * @param threshold what will be crossed: milliseconds, or a share of failures
     * @param atMillis when, Unix milliseconds
     * @param earliestMillis one end of the interval
     * @param latestMillis the other end; null when it is open
     * @param confidence how sure, 0 to 1
     */
    public record Expected(
            String kind,
            String summary,
            double threshold,
            long atMillis,
            long earliestMillis,
            @Nullable Long latestMillis,
            double confidence) {}
}
