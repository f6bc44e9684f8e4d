/** {@code java.net.HttpURLConnection}, the JDK's own implementation of it, http and https. */
@NullMarked
package dev.resilience.instrument.urlconnection;

import org.jspecify.annotations.NullMarked;
