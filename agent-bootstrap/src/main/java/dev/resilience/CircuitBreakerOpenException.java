package dev.resilience;

import java.io.IOException;

/**
 * A protected call was not made, because the circuit of its service is open.
 *
 * <p>The only class of the agent that an application may see. It is defined in the boot loader, so that every class
 * loader can catch it by name. It carries no stack trace: filling one in is most of a rejection's price, and the message
 * says what a trace would.
 */
public final class CircuitBreakerOpenException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String service;
    private final long retryAfterMillis;

    /**
     * @param service the dependency whose circuit rejected the call
     * @param retryAfterMillis milliseconds until the next trial call may be made, 0 when one may be due any moment
     */
    public CircuitBreakerOpenException(String service, long retryAfterMillis) {
        this(service, retryAfterMillis, message(service, retryAfterMillis));
    }

    /** For a call that was rejected for another reason than an open circuit. @param message which, in words */
    public CircuitBreakerOpenException(String service, long retryAfterMillis, String message) {
        super(message, null);
        this.service = service;
        this.retryAfterMillis = retryAfterMillis;
    }

    private static String message(String service, long retryAfterMillis) {
        return "Circuit of service '" + service + "' is open, next trial "
                + (retryAfterMillis > 0 ? "in " + retryAfterMillis + " ms" : "is due")
                + " (rejected by resilience.jar before any call was made; no stack trace is recorded)";
    }

    /** The dependency whose circuit rejected the call. */
    public String getService() {
        return service;
    }

    /** Milliseconds until the next trial call, counted from when this exception was made. */
    public long getRetryAfterMillis() {
        return retryAfterMillis;
    }

    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
