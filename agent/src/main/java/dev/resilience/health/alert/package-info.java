/**
 * Alerts: what is worth a person's attention, told once per fleet, and told again when it is over.
 *
 * <p>{@link dev.resilience.health.alert.AlertRules} finds, {@link dev.resilience.health.alert.AlertBook} remembers and decides
 * what is told, {@link dev.resilience.health.alert.AlertDesk} runs both on the one instance that holds the duty and tells the
 * rest. Times are Unix milliseconds on the host's clock; only ages cross the wire. Nothing here waits.
 */
@NullMarked
package dev.resilience.health.alert;

import org.jspecify.annotations.NullMarked;
