package dev.resilience.metrics;

import java.util.Map;

/**
 * What became of one service's calls in one stretch of time. Immutable.
 *
 * @param startMillis Unix milliseconds, a multiple of the length; on the clock of whoever keeps it
 * @param endpoints by name; those that were called
 */
public record Span(long startMillis, long lengthMillis, Map<String, EndpointFigures> endpoints) {}
