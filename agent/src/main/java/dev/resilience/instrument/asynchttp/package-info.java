/** AsyncHttpClient 2 and 3. */
@NullMarked
package dev.resilience.instrument.asynchttp;

import org.jspecify.annotations.NullMarked;
