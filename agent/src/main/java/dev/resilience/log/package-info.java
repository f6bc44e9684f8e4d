/**
 * What the agent says to people: one line per event on standard error, once per cause and rate limited. Every room may use it.
 */
@NullMarked
package dev.resilience.log;

import org.jspecify.annotations.NullMarked;
