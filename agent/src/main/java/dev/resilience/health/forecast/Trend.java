package dev.resilience.health.forecast;

import java.util.Arrays;

/**
 * A straight line through noisy points: the slope by Theil and Sen (the median of the slopes between all pairs), with an
 * interval of 95 %; its significance by Mann and Kendall, corrected for ties and for neighbours that resemble each other.
 * Immutable.
 *
 * @param slope value per time unit
 * @param slopeLow lower end of the interval
 * @param slopeHigh upper end of the interval
 * @param level the line's value at the last point
 * @param z Mann and Kendall's statistic, standard normal when there is no trend; positive when values rise
 */
record Trend(int points, double slope, double slopeLow, double slopeHigh, double level, double z) {

    private static final double Z95 = 1.96;

    /** Chance of such a statistic, in this direction, without a trend. */
    double chance() {
        return Statistics.normalTail(Math.abs(z));
    }

    /** @param times ascending; two points at least */
    static Trend of(double[] times, double[] values) {
        int n = times.length;
        double[] slopes = new double[n * (n - 1) / 2];
        int next = 0;
        long concordance = 0;
        for (int i = 0; i < n; i++) {
            for (int j = i + 1; j < n; j++) {
                concordance += (long) Math.signum(values[j] - values[i]);
                if (times[j] > times[i]) {
                    slopes[next++] = (values[j] - values[i]) / (times[j] - times[i]);
                }
            }
        }
        slopes = Arrays.copyOf(slopes, next);
        double slope = Statistics.medianInPlace(slopes);
        double[] rest = new double[n];
        for (int i = 0; i < n; i++) {
            rest[i] = values[i] - slope * times[i];
        }
        double intercept = Statistics.median(rest);
        double variance = variance(values) * inflation(rest, intercept);
        double deviation = Math.sqrt(variance);
        double z = deviation == 0 ? 0 : (concordance - Math.signum((double) concordance)) / deviation;
        double spread = Z95 * deviation;
        double low = ranked(slopes, (slopes.length - spread) / 2);
        double high = ranked(slopes, (slopes.length + spread) / 2);
        return new Trend(n, slope, low, high, intercept + slope * times[n - 1], z);
    }

    /** Of the concordance, without a trend; ties make it smaller. */
    private static double variance(double[] values) {
        double n = values.length;
        double variance = n * (n - 1) * (2 * n + 5);
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        for (int from = 0; from < sorted.length; ) {
            int to = from;
            while (to < sorted.length && sorted[to] == sorted[from]) {
                to++;
            }
            double ties = to - from;
            variance -= ties * (ties - 1) * (2 * ties + 5);
            from = to;
        }
        return variance / 18;
    }

    /** Points that resemble their neighbours say less than as many independent ones (Yue and Wang, 2004). */
    private static double inflation(double[] rest, double mean) {
        double own = 0;
        double next = 0;
        for (int i = 0; i < rest.length; i++) {
            own += (rest[i] - mean) * (rest[i] - mean);
            if (i > 0) {
                next += (rest[i] - mean) * (rest[i - 1] - mean);
            }
        }
        double likeness = own == 0 ? 0 : Math.max(0, Math.min(0.9, next / own));
        return (1 + likeness) / (1 - likeness);
    }

    private static double ranked(double[] slopes, double rank) {
        int last = slopes.length - 1;
        return last < 0 ? 0 : Statistics.select(slopes, (int) Math.max(0, Math.min(last, Math.round(rank))));
    }
}
