package dev.resilience.instrument.http;

import java.io.IOException;
import java.util.concurrent.TimeoutException;

/**
 * Netty's own time-outs are unchecked exceptions, and its broken HTTP/2 connections none of I/O: told as what they are, or the
 * rules took them for errors of programming.
 */
public final class NettyFailures {

    private NettyFailures() {}

    public static Throwable told(Throwable failure) {
        String type = failure.getClass().getName();
        if (type.startsWith("io.netty.handler.timeout.")) {
            TimeoutException timeout = new TimeoutException(failure.toString());
            timeout.initCause(failure);
            return timeout;
        }
        return type.startsWith("io.netty.handler.codec.http2.")
                ? new IOException(failure.toString(), failure)
                : failure;
    }
}
