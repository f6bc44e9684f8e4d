package dev.resilience.instrument.reactor;

import java.util.concurrent.TimeoutException;

/** Netty's own time-outs are unchecked exceptions: told as what they are, or the rules took them for errors of programming. */
final class NettyFailures {

    private NettyFailures() {}

    static Throwable told(Throwable failure) {
        if (!failure.getClass().getName().startsWith("io.netty.handler.timeout.")) {
            return failure;
        }
        TimeoutException timeout = new TimeoutException(failure.toString());
        timeout.initCause(failure);
        return timeout;
    }
}
