/** Apache HttpClient 5, its classic client. */
@NullMarked
package dev.resilience.instrument.apache5;

import org.jspecify.annotations.NullMarked;
