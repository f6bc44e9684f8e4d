/** Where the JVM's management comes into being, for the agent's beans. */
@NullMarked
package dev.resilience.instrument.management;

import org.jspecify.annotations.NullMarked;
