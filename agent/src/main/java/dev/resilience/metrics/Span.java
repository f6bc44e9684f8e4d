package dev.resilience.metrics;

import java.util.Map;

/**
 * What became of one service's calls in one stretch of time. Immutable.
 *
 * @param startMillis Unix milliseconds, a multiple of the length; on the clock of whoever keeps it
 * @param ageMillis how long ago it began when it was read, on the same clock
 * @param endpoints by name; those that were called
 */
public record Span(long startMillis, long lengthMillis, long ageMillis, Map<String, EndpointFigures> endpoints) {}
