/**
 * JDBC: any driver, any pool, woven by the interfaces of {@code java.sql} and {@code javax.sql}.
 *
 * <p>The outermost woven layer guards an execution: a pool never sees a rejection, so it keeps its connections. Which database
 * a statement belongs to is learnt from the innermost layer: while the application's {@code prepareStatement} runs, the
 * layers beneath are met one after the other, down to the connection that {@code Driver.connect} gave. All state is kept
 * beside the application's objects, in weak maps by identity.
 */
@NullMarked
package dev.resilience.instrument.jdbc;

import org.jspecify.annotations.NullMarked;
