/**
 * Woven clients: which methods are woven, and one small adapter per client over the guard.
 */
@NullMarked
package dev.resilience.instrument;

import org.jspecify.annotations.NullMarked;
