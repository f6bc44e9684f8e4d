/** The asynchronous Netty client of the AWS SDK for Java 2. Its blocking clients stand on others that are woven. */
@NullMarked
package dev.resilience.instrument.awssdk;

import org.jspecify.annotations.NullMarked;
