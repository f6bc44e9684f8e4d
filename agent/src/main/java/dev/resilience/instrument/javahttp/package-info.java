/** {@code java.net.http.HttpClient}, the JDK's own implementation of it. */
@NullMarked
package dev.resilience.instrument.javahttp;

import org.jspecify.annotations.NullMarked;
