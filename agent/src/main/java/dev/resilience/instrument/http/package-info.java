/**
 * What the adapters of HTTP clients have in common. Names the JDK's types alone, so that one copy serves all libraries.
 */
@NullMarked
package dev.resilience.instrument.http;

import org.jspecify.annotations.NullMarked;
