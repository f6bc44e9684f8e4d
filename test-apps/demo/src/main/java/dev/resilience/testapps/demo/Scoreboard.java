package dev.resilience.testapps.demo;

import dev.resilience.testapps.demo.Screen.Colour;
import java.util.Locale;
import java.util.Optional;

/** The two runs side by side, and what was promised beside what was measured. */
final class Scoreboard {

    private static final double LESS_WAITING = 50;
    private static final double REJECTED_SECONDS = 0.1;
    private static final double ANSWERED_SHARE = 0.95;

    private final Screen screen;
    private boolean kept = true;

    Scoreboard(Screen screen) {
        this.screen = screen;
    }

    /** @return whether every promise was kept */
    boolean show(Measured without, Measured with) {
        screen.title("MEASURED IN THIS RUN, over an outage of " + Run.OUTAGE_SECONDS + " s");
        row("", "without", "with resilience.jar");
        row("requests sent by callers", "" + without.requests(), "" + with.requests());
        row("requests answered", percent(without.answeredShare()), percent(with.answeredShare()));
        row(
                "time callers spent waiting, all together",
                seconds(without.waitedSeconds()),
                seconds(with.waitedSeconds()));
        row("99 % of them waited at most", seconds(without.slowestPercent()), seconds(with.slowestPercent()));
        row(
                "bookings lost",
                "" + without.bookings().lost(),
                "" + with.bookings().lost());
        row(
                "bookings taken in charge, to be made later",
                "-",
                "" + with.bookings().promised());
        row("calls that reached the broken cal.com", "" + without.reached(), "" + with.reached());
        row("  of these, trial calls of the whole fleet", "-", "" + with.trials());
        row(
                "from real recovery to all circuits CLOSED",
                "-",
                with.recoverySeconds().map(Scoreboard::seconds).orElse("never"));

        screen.title("PROMISED                                        MEASURED");
        double factor = without.waitedSeconds() / Math.max(with.waitedSeconds(), 1e-3);
        promise(
                "50 times less time wasted by waiting",
                String.format(Locale.ROOT, "%.0f times less", factor),
                factor >= LESS_WAITING);
        promise(
                "answers in under 0.1 s while a circuit is OPEN",
                with.rejectedPercent()
                        .map(slow -> String.format(Locale.ROOT, "%.3f s (99 %% of %d requests)", slow, with.rejected()))
                        .orElse("no circuit was ever OPEN"),
                with.rejectedPercent().orElse(Double.MAX_VALUE) < REJECTED_SECONDS);
        promise(
                "at least 95 % of requests answered",
                percent(with.answeredShare()), with.answeredShare() >= ANSWERED_SHARE);
        Bookings bookings = with.bookings();
        promise(
                "bookings taken in charge delivered, none twice",
                String.format(
                        Locale.ROOT, "%d of %d, %d twice", bookings.delivered(), bookings.promised(), bookings.twice()),
                bookings.promised() > 0 && bookings.delivered() == bookings.promised() && bookings.twice() == 0);
        promise(
                "circuits CLOSED again by themselves",
                with.recoverySeconds().map(Scoreboard::seconds).orElse("never"),
                with.recoverySeconds().isPresent());
        return kept;
    }

    private void promise(String promised, String measured, boolean met) {
        kept &= met;
        screen.line(
                "%s  %-46s %s",
                met ? screen.paint(Colour.GREEN, "\u2714") : screen.paint(Colour.RED, "\u2718"), promised, measured);
    }

    private void row(String what, String without, String with) {
        screen.line("   %-44s %12s  %20s", what, without, with);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", share * 100);
    }

    private static String seconds(double seconds) {
        return Optional.of(seconds)
                .map(value -> String.format(Locale.ROOT, value < 10 ? "%.2f s" : "%,.0f s", value))
                .orElseThrow();
    }
}
