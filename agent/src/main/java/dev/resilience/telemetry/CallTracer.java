package dev.resilience.telemetry;

import dev.resilience.metrics.CallRecorder.EndpointRecorder;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Makes a span of each protected call. Thread-safe; never throws; never waits. */
public interface CallTracer {

    /** Traces nothing. */
    CallTracer NONE = new CallTracer() {
        @Override
        public boolean active() {
            return false;
        }
    };

    /** Stands for the statement of an attempt to connect. */
    String CONNECT = "CONNECT";

    /** Whether it traces anything at present; asked before each call, to spare those that nobody traces. */
    default boolean active() {
        return true;
    }

    /** @param parent the W3C {@code traceparent} that the application sends along itself, or null */
    default CallSpan http(String service, String endpoint, String method, URI uri, @Nullable String parent) {
        return CallSpan.NONE;
    }

    default CallSpan jdbc(String service, String endpoint, String url, String sql) {
        return CallSpan.NONE;
    }

    /**
     * A call that is made again in the background, a trace of its own.
     *
     * @param cause {@code traceparent} of the call that it is made for, to be linked; or null
     */
    default CallSpan resend(String service, String endpoint, String method, URI uri, @Nullable String cause) {
        return CallSpan.NONE;
    }

    /** One call's span. */
    interface CallSpan {

        CallSpan NONE = new CallSpan() {};

        /** W3C trace context to send along; null when there is none, or when the application sends its own. */
        default @Nullable String traceparent() {
            return null;
        }

        /** W3C trace context of the span that tells of this call, to be linked; null where none does. */
        default @Nullable String identity() {
            return null;
        }

        /** Whether the application may make spans of this call's requests that are still to be found. */
        default boolean tellsAttempts() {
            return false;
        }

        /**
         * A request of this call is over, and the application's span of it, if it makes one, is the calling thread's.
         *
         * @param state of the circuit when the call was admitted
         * @param outcome {@code success} or {@code failure}, or null
         */
        default void attempted(String state, @Nullable String outcome) {}

        /**
         * The response's head is here: all that a span hears of which the application's own client ends with it. How the
         * call ends is told later.
         *
         * @param state of the circuit when the call was admitted
         * @param outcome {@code success}, or null
         */
        default void headed(String state, @Nullable String outcome) {}

        /**
         * Tells the figures which trace the call can be looked up in, where it is kept in one. To be told before the end.
         *
         * @param durationNanos as it was recorded
         */
        default void mark(EndpointRecorder figures, long durationNanos) {}

        /** The circuit left the state that the call was admitted in. To be told before the end. */
        default void stateChanged(String from, String to) {}

        /**
         * Ends the span. A second end does nothing.
         *
         * @param state of the circuit when the call was admitted
         * @param outcome one of {@code success}, {@code failure}, {@code rejected}, {@code fallback}; null for a call that
         *     says nothing about its dependency: ignored by rule, or given up
         * @param fallback the strategy that answered, or null
         * @param status HTTP status of the real response, 0 for none
         * @param failure what the call threw, or null
         */
        default void end(
                String state,
                @Nullable String outcome,
                @Nullable String fallback,
                int status,
                @Nullable Throwable failure) {}
    }
}
