/**
 * Snapshots: how everything stood at each change of state, kept for a day, so that the morning after can see the night.
 */
@NullMarked
package dev.resilience.health.snapshot;

import org.jspecify.annotations.NullMarked;
