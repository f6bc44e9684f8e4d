/**
 * Start-up, wiring, reload, shut-down: the only place that knows everyone.
 */
@NullMarked
package dev.resilience.agent;

import org.jspecify.annotations.NullMarked;
