/** Jetty's {@code HttpClient}, version 12. */
@NullMarked
package dev.resilience.instrument.jetty12;

import org.jspecify.annotations.NullMarked;
