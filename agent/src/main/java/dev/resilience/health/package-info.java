/**
 * Probes, their history, and the health of services and of the whole system.
 */
@NullMarked
package dev.resilience.health;

import org.jspecify.annotations.NullMarked;
