/** Clients that speak Reactor: Spring's {@code WebClient} and Reactor Netty. */
@NullMarked
package dev.resilience.instrument.reactor;

import org.jspecify.annotations.NullMarked;
