/**
 * The agent's own calls over the network: what all rooms that make some have in common.
 */
@NullMarked
package dev.resilience.net;

import org.jspecify.annotations.NullMarked;
