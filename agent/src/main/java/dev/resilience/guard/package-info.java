/**
 * The way of one call: match, permit, call, outcome, fallback. Adapters ask it; it knows no client.
 */
@NullMarked
package dev.resilience.guard;

import org.jspecify.annotations.NullMarked;
