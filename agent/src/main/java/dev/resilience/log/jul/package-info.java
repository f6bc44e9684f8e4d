/**
 * Stands in for {@code java.util.logging} inside the jar: the build renames OpenTelemetry's references to it, because the real
 * one, once touched, fixes the application's log manager. Holds just what OpenTelemetry calls.
 */
@NullMarked
package dev.resilience.log.jul;

import org.jspecify.annotations.NullMarked;
