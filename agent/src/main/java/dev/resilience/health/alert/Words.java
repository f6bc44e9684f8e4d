package dev.resilience.health.alert;

import java.util.Locale;

/** Figures for people. */
final class Words {

    private Words() {}

    /** {@code 350 ms}, {@code 12 s}, {@code 2 min 30 s}, {@code 3 h 5 min}. */
    static String length(long millis) {
        long seconds = millis / 1_000;
        if (seconds < 1 || millis < 10_000 && millis % 1_000 != 0) {
            return millis + " ms";
        }
        if (seconds < 60) {
            return seconds + " s";
        }
        if (seconds < 3_600) {
            return seconds / 60 + " min" + (seconds % 60 == 0 ? "" : " " + seconds % 60 + " s");
        }
        return seconds / 3_600 + " h" + (seconds / 60 % 60 == 0 ? "" : " " + seconds / 60 % 60 + " min");
    }

    /** Without a needless fraction. */
    static String number(double number) {
        return number == Math.rint(number) ? String.format(Locale.ROOT, "%.0f", number) : String.valueOf(number);
    }
}
