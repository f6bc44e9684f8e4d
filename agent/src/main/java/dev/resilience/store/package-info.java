/**
 * Implementations of the ports that the rooms below declare: Redis, in-JVM, files. The only room that knows Lettuce.
 */
@NullMarked
package dev.resilience.store;

import org.jspecify.annotations.NullMarked;
