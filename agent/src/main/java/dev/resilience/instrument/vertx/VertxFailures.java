package dev.resilience.instrument.vertx;

import java.io.IOException;

/** A connection that was lost is an unchecked exception here: told as what it is, or the rules took it for an error of programming. */
final class VertxFailures {

    private VertxFailures() {}

    static Throwable told(Throwable failure) {
        boolean lost = failure instanceof RuntimeException
                && (failure.getClass().getName().startsWith("io.vertx.core.")
                        || failure.getClass().getName().startsWith("io.netty."));
        return lost ? new IOException(failure.toString(), failure) : failure;
    }
}
