/**
 * What answers when the call itself does not: strategies in the order declared, each one class.
 */
@NullMarked
package dev.resilience.fallback;

import org.jspecify.annotations.NullMarked;
