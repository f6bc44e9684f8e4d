package dev.resilience.metrics;

/**
 * One call that stands for those of its histogram bucket, and the trace that it can be looked up in. Immutable.
 *
 * @param traceHigh first half of the trace's id
 * @param traceLow second half of the trace's id
 * @param span id of the call's span
 * @param atMillis Unix milliseconds, by this host's clock
 */
public record Exemplar(long traceHigh, long traceLow, long span, long durationNanos, long atMillis) {}
