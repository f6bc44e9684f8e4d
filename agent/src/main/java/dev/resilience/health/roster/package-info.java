/**
 * The instances of the fleet: who is there, by which version and configuration, and whether they differ.
 */
@NullMarked
package dev.resilience.health.roster;

import org.jspecify.annotations.NullMarked;
