package dev.resilience.health.forecast;

import java.util.List;

/**
 * What is known of one service. Immutable.
 *
 * @param samples of the last day, oldest first
 * @param hours of the last weeks, oldest first, the present one included
 */
public record Past(List<Sample> samples, List<Hour> hours) {

    /**
     * One question, or several that came together.
     *
     * @param up how many were answered well
     * @param down how many were not
     * @param millis how long the good answers took, typically; meaningless when there was none
     */
    public record Sample(long atMillis, int up, int down, double millis) {}

    /** @param startMillis a multiple of an hour */
    public record Hour(long startMillis, long up, long down) {}
}
