package dev.resilience.health.forecast;

import dev.resilience.health.forecast.Forecast.Expected;
import dev.resilience.health.forecast.Past.Hour;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.TextStyle;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Trouble that comes at an hour of the day, or of the week: whether the next hour has been a bad one before. UTC. */
final class Calendar {

    static final long HOUR = 3_600_000;
    private static final long DAY = 24 * HOUR;
    private static final long WEEK = 7 * DAY;

    /** Of the last so many days, or weeks … */
    private static final int DAYS = 7;

    private static final int WEEKS = 5;

    /** … at least so many, and this share of those that were watched, must have been bad. */
    private static final int FEWEST_BAD = 3;

    private static final double MOSTLY = 0.6;

    /** An hour is bad when so much failed in it … */
    private static final double BAD_RATE = 0.05;

    /** … and that is no accident at the rate of all other hours. */
    private static final double UNLIKELY = 1e-4;

    private Calendar() {}

    /** What the hour that begins next is likely to bring; null for nothing unusual. */
    static @Nullable Expected expected(List<Hour> hours, long nowMillis) {
        long next = Math.floorDiv(nowMillis, HOUR) * HOUR + HOUR;
        Expected daily = expected(hours, next, DAY, DAYS);
        return daily != null ? daily : expected(hours, next, WEEK, WEEKS);
    }

    private static @Nullable Expected expected(List<Hour> hours, long next, long period, int periods) {
        long usualUp = 0;
        long usualDown = 0;
        for (Hour hour : hours) {
            if (Math.floorMod(next - hour.startMillis(), period) != 0) {
                usualUp += hour.up();
                usualDown += hour.down();
            }
        }
        double usual = (usualDown + 1.0) / (usualUp + usualDown + 2.0);
        int watched = 0;
        int bad = 0;
        double rates = 0;
        for (Hour hour : hours) {
            long back = next - hour.startMillis();
            if (back <= 0
                    || back > periods * period
                    || Math.floorMod(back, period) != 0
                    || hour.up() + hour.down() == 0) {
                continue;
            }
            watched++;
            double rate = (double) hour.down() / (hour.up() + hour.down());
            int asked = (int) Math.min(Integer.MAX_VALUE, hour.up() + hour.down());
            int failed = (int) Math.min(Integer.MAX_VALUE, hour.down());
            if (rate >= BAD_RATE && Statistics.binomialTail(failed, asked, usual) < UNLIKELY) {
                bad++;
                rates += rate;
            }
        }
        if (bad < FEWEST_BAD || bad < MOSTLY * watched) {
            return null;
        }
        Instant start = Instant.ofEpochMilli(next);
        String when = period == DAY
                ? "each day"
                : "each " + start.atZone(ZoneOffset.UTC).getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
        double rate = rates / bad;
        return new Expected(
                "time_of_day",
                "It failed after " + Text.clock(next) + " " + when + " (" + bad + " of the last " + watched + "), "
                        + Text.percent(rate) + " of its answers",
                rate,
                next,
                next,
                next + HOUR,
                Math.min(0.99, (bad + 1.0) / (watched + 2.0)));
    }
}
