/**
 * Deeds: what people ordered (modes, resets, what they did with calls that wait), told to every instance of the fleet and kept
 * for a day, so that whoever is asked knows who did what and why.
 */
@NullMarked
package dev.resilience.health.deed;

import org.jspecify.annotations.NullMarked;
