package dev.resilience.health.forecast;

import dev.resilience.health.forecast.Forecast.Direction;
import dev.resilience.health.forecast.Forecast.Expected;
import dev.resilience.health.forecast.Past.Sample;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Makes forecasts. Has no state. */
public final class Forecaster {

    /** A quick drift shows in a short window, a slow one only in a long one. */
    private static final List<Look> LOOKS = List.of(
            new Look(Duration.ofMinutes(12), Duration.ofMinutes(60)),
            new Look(Duration.ofMinutes(30), Duration.ofMinutes(60)),
            new Look(Duration.ofMinutes(120), Duration.ofMinutes(90)),
            new Look(Duration.ofHours(5), Duration.ofMinutes(90)),
            new Look(Duration.ofHours(12), Duration.ofMinutes(120)),
            new Look(Duration.ofHours(20), Duration.ofMinutes(120)));

    private static final int FEWEST_POINTS = 12;
    private static final int MOST_POINTS = 60;

    /** Four standard deviations: one look in 30,000 by accident. */
    private static final double SIGNIFICANT = 4;

    /**
     * What a rise must amount to over its window, as a share of where it began, to be one that matters; or so many times
     * what is left to the limit.
     */
    private static final double MATERIAL = 0.15;

    private static final double TIMES_WHAT_IS_LEFT = 2;

    /** Each quarter of the window must carry at least so much of the rise: a step has all of it in one place. */
    private static final double SPREAD = 0.08;

    /** So much of the present level is no news where it was reached at this time yesterday. */
    private static final double USUAL = 0.8;

    /** So often before, without trouble, is usual. */
    private static final int OFTEN = 2;

    private static final int POINTS_OF_A_DAY = 288;

    /** A rise must be so many times the fall that nine of ten other windows do not exceed. */
    private static final double TIMES_A_FALL = 3.2;

    private static final double MOSTLY = 0.9;
    private static final long DAY_MILLIS = Duration.ofHours(24).toMillis();

    private static final Duration LATELY = Duration.ofMinutes(10);
    private static final int FEWEST_FAILURES = 4;
    private static final int FEWEST_SPELLS = 2;
    private static final double UNLIKELY = 1e-5;
    private static final double LEAST_USUAL_RATE = 0.005;
    private static final double TROUBLE_RATE = 0.5;
    private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();

    private Forecaster() {}

    /**
     * @param limitMillis response time that counts as trouble
     * @param nowMillis on the clock of the samples
     */
    public static Forecast of(Past past, double limitMillis, long nowMillis) {
        List<Expected> expected = new ArrayList<>();
        List<String> recommendations = new ArrayList<>();
        Expected slower = null;
        Trend shown = null;
        for (Look look : LOOKS) {
            Series series = Series.of(past.samples(), nowMillis - look.window.toMillis(), nowMillis, MOST_POINTS);
            if (series.size() < FEWEST_POINTS) {
                continue;
            }
            Trend trend = Trend.of(series.times(), series.values());
            if (shown == null || Math.abs(trend.z()) > Math.abs(shown.z())) {
                shown = trend;
            }
            Expected crossing = crossing(look, past.samples(), series, trend, limitMillis, nowMillis);
            if (crossing != null && (slower == null || crossing.atMillis() < slower.atMillis())) {
                slower = crossing;
            }
        }
        if (slower != null) {
            expected.add(slower);
            recommendations.add("Look at what slows it down (load, connections, queries) before "
                    + Text.clock(slower.atMillis()) + "; slow_calls opens the circuit when it becomes too slow");
        }
        Rates rates = Rates.of(past.samples(), nowMillis);
        Expected failing = failing(rates, nowMillis);
        if (failing != null) {
            expected.add(failing);
            recommendations.add(
                    "Look at its errors now: at " + Text.percent(TROUBLE_RATE) + " of failed calls the circuit opens");
        }
        Expected hour = Calendar.expected(past.hours(), nowMillis);
        if (hour != null) {
            expected.add(hour);
            recommendations.add("Look for what runs at that time (backups, batch jobs, releases), and warm what answers"
                    + " in its place");
        }
        return new Forecast(
                direction(shown),
                shown == null ? 0 : Math.max(0, shown.level()),
                shown == null ? 0 : shown.slope() * HOUR_MILLIS,
                shown == null ? 0 : shown.slopeLow() * HOUR_MILLIS,
                shown == null ? 0 : shown.slopeHigh() * HOUR_MILLIS,
                shown == null ? 1 : shown.chance(),
                rates.lately(),
                rates.usual(),
                past.samples().size(),
                List.copyOf(expected),
                List.copyOf(recommendations));
    }

    private static Direction direction(@Nullable Trend trend) {
        if (trend == null) {
            return Direction.UNKNOWN;
        }
        if (Math.abs(trend.z()) < SIGNIFICANT) {
            return Direction.STEADY;
        }
        return trend.z() > 0 ? Direction.RISING : Direction.FALLING;
    }

    private static @Nullable Expected crossing(
            Look look, List<Sample> samples, Series series, Trend trend, double limit, long nowMillis) {
        double rise = trend.slope() * look.window.toMillis();
        double start = Math.max(1, trend.level() - rise);
        if (trend.z() < SIGNIFICANT
                || trend.slopeLow() <= 0
                || (rise < MATERIAL * start && rise < TIMES_WHAT_IS_LEFT * (limit - trend.level()))
                || trend.level() >= limit
                || !series.risesThroughout(SPREAD)) {
            return null;
        }
        double wait = (limit - trend.level()) / trend.slope();
        if (wait > look.horizon.toMillis()
                || wasSoYesterday(samples, USUAL * trend.level(), limit, nowMillis)
                || cameAndWent(samples, look, start, trend.level(), limit, nowMillis)
                || wandersSo(samples, look, rise, nowMillis)) {
            return null;
        }
        long at = nowMillis + Math.round(wait);
        long earliest = nowMillis + Math.round((limit - trend.level()) / trend.slopeHigh());
        double latestWait = (limit - trend.level()) / trend.slopeLow();
        return new Expected(
                "response_time",
                String.format(
                        Locale.ROOT,
                        "Response time rises by %.0f ms an hour from %.0f ms now and reaches %.0f ms at about %s",
                        trend.slope() * HOUR_MILLIS,
                        trend.level(),
                        limit,
                        Text.clock(at)),
                limit,
                at,
                earliest,
                nowMillis + Math.round(latestWait),
                Math.min(0.99, 1 - trend.chance()));
    }

    /**
     * Whether response times were about as long in the hour that follows, a day ago, and it went well: what rises each
     * morning with its load is no drift.
     */
    private static boolean wasSoYesterday(List<Sample> samples, double usual, double limit, long nowMillis) {
        long from = nowMillis - DAY_MILLIS;
        Series then = Series.of(samples, from, from + HOUR_MILLIS, MOST_POINTS);
        return then.size() >= FEWEST_POINTS
                && then.median() >= usual
                && then.highest() < limit
                && then.median() + moreThanYesterday(samples, nowMillis) < limit;
    }

    /**
     * How much longer response times are than a day ago, by half an hour each. Yesterday's is the half hour that followed, the
     * oldest that is known: where they rise each day, it makes the difference smaller than it is.
     */
    private static double moreThanYesterday(List<Sample> samples, long nowMillis) {
        long yesterday = nowMillis - DAY_MILLIS;
        Series now = Series.of(samples, nowMillis - HOUR_MILLIS / 2, nowMillis, MOST_POINTS);
        Series then = Series.of(samples, yesterday, yesterday + HOUR_MILLIS / 2, MOST_POINTS);
        return now.size() < FEWEST_POINTS || then.size() < FEWEST_POINTS ? 0 : now.median() - then.median();
    }

    /**
     * Whether it rose nearly to this level several times in the day before and each time came down again without trouble: what
     * fills up and is emptied by the hour, or is slow while something else runs, is no drift either.
     */
    private static boolean cameAndWent(
            List<Sample> samples, Look look, double start, double level, double limit, long nowMillis) {
        long until = nowMillis - look.window.toMillis();
        long from = nowMillis - DAY_MILLIS;
        // As smooth as what is looked at, and not so fine that single answers come and go.
        long points = MOST_POINTS * (until - from) / look.window.toMillis();
        Series before = Series.of(samples, from, until, (int) Math.min(POINTS_OF_A_DAY, points));
        return before.size() > 0
                && before.highest() < limit
                && before.returns((start + level) / 2, level - (level - start) / 4) >= OFTEN;
    }

    /**
     * Whether response times have fallen nearly as fast in other windows of the day before: what wanders up and down has no
     * direction, what drifts does not fall. The few windows in which a day's load goes do not count.
     */
    private static boolean wandersSo(List<Sample> samples, Look look, double rise, long nowMillis) {
        List<Double> falls = new ArrayList<>();
        long window = look.window.toMillis();
        for (long until = nowMillis - window; until - window >= nowMillis - DAY_MILLIS; until -= window) {
            Series other = Series.of(samples, until - window, until, MOST_POINTS);
            if (other.size() >= FEWEST_POINTS) {
                falls.add(Math.max(0, -other.change()));
            }
        }
        Collections.sort(falls);
        return !falls.isEmpty() && rise < TIMES_A_FALL * falls.get((int) (MOSTLY * (falls.size() - 1)));
    }

    private static @Nullable Expected failing(Rates rates, long nowMillis) {
        // What fails half of the time already is no trouble to come, and an outage in one piece is here or over.
        if (rates.downLately < FEWEST_FAILURES || rates.lately() >= TROUBLE_RATE || rates.spells < FEWEST_SPELLS) {
            return null;
        }
        double usual = Math.max(LEAST_USUAL_RATE, rates.usual());
        double chance = Statistics.binomialTail(rates.downLately, rates.upLately + rates.downLately, usual);
        if (chance > UNLIKELY) {
            return null;
        }
        return new Expected(
                "failure_rate",
                String.format(
                        Locale.ROOT,
                        "%s of the last %d answers were failures, usually %s",
                        Text.percent(rates.lately()),
                        rates.upLately + rates.downLately,
                        Text.percent(rates.usual())),
                TROUBLE_RATE,
                nowMillis + LATELY.toMillis(),
                nowMillis,
                null,
                Math.min(0.99, 1 - chance));
    }

    /** Over what is looked, and how far ahead what it says reaches. */
    private record Look(Duration window, Duration horizon) {}

    /** @param spells how often it began to fail lately; where samples are of many calls, each that has failures counts */
    private record Rates(int upLately, int downLately, int spells, long upBefore, long downBefore) {

        static Rates of(List<Sample> samples, long nowMillis) {
            int up = 0;
            int down = 0;
            long upBefore = 0;
            long downBefore = 0;
            int spells = 0;
            boolean failing = false;
            for (Sample sample : samples) {
                if (sample.atMillis() > nowMillis - LATELY.toMillis()) {
                    up += sample.up();
                    down += sample.down();
                    boolean mixed = sample.up() > 0 && sample.down() > 0;
                    spells += sample.down() > 0 && (mixed || !failing) ? 1 : 0;
                    failing = sample.up() == 0 && sample.down() > 0;
                } else {
                    upBefore += sample.up();
                    downBefore += sample.down();
                }
            }
            return new Rates(up, down, spells, upBefore, downBefore);
        }

        double lately() {
            return share(downLately, upLately + downLately);
        }

        double usual() {
            return share(downBefore, upBefore + downBefore);
        }

        private static double share(double part, double whole) {
            return whole == 0 ? 0 : part / whole;
        }
    }
}
