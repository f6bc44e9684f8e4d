/**
 * Spans of protected calls, by OpenTelemetry's semantic conventions.
 */
@NullMarked
package dev.resilience.telemetry;

import org.jspecify.annotations.NullMarked;
