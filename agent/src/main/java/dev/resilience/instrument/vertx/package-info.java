/** Vert.x 4 and 5: {@code HttpClient}, and {@code WebClient} upon it. */
@NullMarked
package dev.resilience.instrument.vertx;

import org.jspecify.annotations.NullMarked;
