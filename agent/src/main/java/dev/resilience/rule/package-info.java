/**
 * Compiled matchers: which endpoint, if any, a call belongs to. No allocation for a call that matches nothing.
 */
@NullMarked
package dev.resilience.rule;

import org.jspecify.annotations.NullMarked;
