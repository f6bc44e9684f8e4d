/**
 * The circuit: state machine, window, trial permits, and the port to the store that the fleet shares. Knows nothing of HTTP, JDBC, Redis or weaving.
 */
@NullMarked
package dev.resilience.breaker;

import org.jspecify.annotations.NullMarked;
