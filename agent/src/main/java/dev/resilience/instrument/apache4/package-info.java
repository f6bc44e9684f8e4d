/** Apache HttpClient 4.5, its classic client. */
@NullMarked
package dev.resilience.instrument.apache4;

import org.jspecify.annotations.NullMarked;
