package dev.resilience.metrics;

/** Where the guard reports what became of calls. Thread-safe. */
public interface CallRecorder {

    /** The same recorder for the same names, to be kept by the caller. */
    EndpointRecorder endpoint(String service, String endpoint);

    /** One endpoint's recorder. Thread-safe; recording a call allocates nothing. */
    interface EndpointRecorder {

        /**
         * A call that no fallback answered.
         *
         * @param outcome any but {@link CallOutcome#FALLBACK}
         * @param durationNanos from the caller's point of view
         */
        void record(CallOutcome outcome, long durationNanos);

        /**
         * A call that a fallback answered: counts as {@link CallOutcome#FALLBACK}.
         *
         * @param instead what the caller would have had: {@link CallOutcome#FAILURE} or {@link CallOutcome#REJECTED}
         * @param durationNanos from the caller's point of view, fallback included
         * @param answeringNanos the fallback's part of it
         */
        void fallback(String strategy, CallOutcome instead, long durationNanos, long answeringNanos);

        /** A strategy was asked and had no answer, or failed; the next one was asked. */
        void fallbackFailed(String strategy);

        /**
         * A call whose trace is kept took its place in the histogram; told after it was recorded.
         *
         * @param traceHigh first half of the trace's id
         * @param traceLow second half of the trace's id
         */
        default void traced(long traceHigh, long traceLow, long span, long durationNanos) {}

        /** A call was made that an enforcing circuit would have rejected. Its outcome is recorded as well. */
        void wouldReject();
    }
}
