package dev.resilience.metrics;

/** Shares in percent. */
final class Rates {

    private Rates() {}

    /** 100 of nothing: what was never asked has never failed. */
    static double percent(long part, long whole) {
        return whole == 0 ? 100.0 : 100.0 * part / whole;
    }
}
