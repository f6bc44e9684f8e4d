/** OkHttp 3.14 to 5. */
@NullMarked
package dev.resilience.instrument.okhttp;

import org.jspecify.annotations.NullMarked;
