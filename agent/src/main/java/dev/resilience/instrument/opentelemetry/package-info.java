/** The application's own OpenTelemetry, which is taken note of and never guarded. */
@NullMarked
package dev.resilience.instrument.opentelemetry;

import org.jspecify.annotations.NullMarked;
