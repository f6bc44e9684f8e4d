/** Apache HttpClient 4.5, and HttpAsyncClient 4.1, which stands on it. */
@NullMarked
package dev.resilience.instrument.apache4;

import org.jspecify.annotations.NullMarked;
