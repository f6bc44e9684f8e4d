package dev.resilience.telemetry;

import org.jspecify.annotations.Nullable;

/**
 * Of a trace that is not told: the decision is passed on, so that no other process tells its part.
 *
 * @param toSend null where the application passes it on itself
 */
record UnsampledSpan(@Nullable TraceParent toSend) implements CallTracer.CallSpan {

    @Override
    public @Nullable String traceparent() {
        return toSend == null ? null : toSend.toString();
    }
}
