package dev.resilience.metrics;

import java.util.Map;

/**
 * What became of one endpoint's calls since the JVM started. Immutable.
 *
 * @param successes the dependency answered well
 * @param unansweredFailures the dependency failed and its caller was told so (outcome {@code failure})
 * @param unansweredRejections not made, and the caller was told so (outcome {@code rejected})
 * @param answeredFailures the dependency failed and a fallback answered (outcome {@code fallback})
 * @param answeredRejections not made, and a fallback answered (outcome {@code fallback})
 * @param wouldReject made in {@code monitor} mode, where {@code enforce} would have rejected; counted above as well
 * @param fallbacks answers by strategy
 * @param fallbackMisses by strategy, how often it had no answer or failed
 * @param latency of the calls that reached the dependency, as their callers felt it
 */
public record EndpointFigures(
        String service,
        String endpoint,
        long successes,
        long unansweredFailures,
        long unansweredRejections,
        long answeredFailures,
        long answeredRejections,
        long wouldReject,
        Map<String, Long> fallbacks,
        Map<String, Long> fallbackMisses,
        Latency latency) {

    /** All calls. */
    public long requests() {
        return successes + failures() + rejections();
    }

    /** Calls that the dependency failed. */
    public long failures() {
        return unansweredFailures + answeredFailures;
    }

    /** Calls that were not made. */
    public long rejections() {
        return unansweredRejections + answeredRejections;
    }

    /** How many calls had an outcome, as their callers saw it. */
    public long count(CallOutcome outcome) {
        return switch (outcome) {
            case SUCCESS -> successes;
            case FAILURE -> unansweredFailures;
            case REJECTED -> unansweredRejections;
            case FALLBACK -> answeredFailures + answeredRejections;
        };
    }

    /** Percent of the calls made that the dependency answered well; 100 of none. */
    public double successRate() {
        return Rates.percent(successes, successes + failures());
    }

    /** Percent of all calls that were answered, by the dependency or a fallback; 100 of none. */
    public double answeredRate() {
        return Rates.percent(successes + answeredFailures + answeredRejections, requests());
    }
}
