package dev.resilience.metrics;

/** Where the guard reports what became of calls. Thread-safe. */
public interface CallRecorder {

    /** The same recorder for the same names, to be kept by the caller. */
    EndpointRecorder endpoint(String service, String endpoint);

    /** One endpoint's recorder. Thread-safe; allocates nothing. */
    interface EndpointRecorder {

        /** @param durationNanos from the caller's point of view, fallback included */
        void record(CallOutcome outcome, long durationNanos);

        /** A strategy answered. */
        void fallback(String strategy);
    }
}
