/**
 * What was measured, per service and endpoint: outcomes, latency, transitions, fallbacks, and what the service level objectives make of it.
 */
@NullMarked
package dev.resilience.metrics;

import org.jspecify.annotations.NullMarked;
