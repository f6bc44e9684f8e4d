/** Class loaders that would keep the agent's bridge from the application's classes. Nothing is guarded here. */
@NullMarked
package dev.resilience.instrument.loaders;

import org.jspecify.annotations.NullMarked;
