/** Jetty's {@code HttpClient}, versions 9.4 to 11. */
@NullMarked
package dev.resilience.instrument.jetty9;

import org.jspecify.annotations.NullMarked;
