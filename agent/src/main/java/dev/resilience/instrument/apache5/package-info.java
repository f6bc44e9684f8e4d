/** Apache HttpClient 5, classic and asynchronous. */
@NullMarked
package dev.resilience.instrument.apache5;

import org.jspecify.annotations.NullMarked;
