package dev.resilience.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What became of one endpoint's calls, since the JVM started or over a while. Immutable.
 *
 * @param successes the dependency answered well
 * @param unansweredFailures the dependency failed and its caller was told so (outcome {@code failure})
 * @param unansweredRejections not made, and the caller was told so (outcome {@code rejected})
 * @param answeredFailures the dependency failed and a fallback answered (outcome {@code fallback})
 * @param answeredRejections not made, and a fallback answered (outcome {@code fallback})
 * @param wouldReject made in {@code monitor} mode, where {@code enforce} would have rejected; counted above as well
 * @param fallbacks answers by strategy
 * @param fallbackMisses by strategy, how often it had no answer or failed
 * @param spent callers' time beyond good answers
 * @param latency of the calls that reached the dependency, as their callers felt it, an answering fallback included
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
        TimeSpent spent,
        Latency latency) {

    /** Of what has not been called. */
    public static EndpointFigures none(String service, String endpoint) {
        return new EndpointFigures(
                service, endpoint, 0, 0, 0, 0, 0, 0, Map.of(), Map.of(), TimeSpent.NONE, Latency.NONE);
    }

    /** Both together, under this one's names. */
    public EndpointFigures plus(EndpointFigures other) {
        return new EndpointFigures(
                service,
                endpoint,
                successes + other.successes,
                unansweredFailures + other.unansweredFailures,
                unansweredRejections + other.unansweredRejections,
                answeredFailures + other.answeredFailures,
                answeredRejections + other.answeredRejections,
                wouldReject + other.wouldReject,
                combined(fallbacks, other.fallbacks, 1),
                combined(fallbackMisses, other.fallbackMisses, 1),
                spent.plus(other.spent),
                latency.plus(other.latency));
    }

    /** What came since an earlier reading of the same source. */
    public EndpointFigures minus(EndpointFigures earlier) {
        return new EndpointFigures(
                service,
                endpoint,
                Math.max(0, successes - earlier.successes),
                Math.max(0, unansweredFailures - earlier.unansweredFailures),
                Math.max(0, unansweredRejections - earlier.unansweredRejections),
                Math.max(0, answeredFailures - earlier.answeredFailures),
                Math.max(0, answeredRejections - earlier.answeredRejections),
                Math.max(0, wouldReject - earlier.wouldReject),
                combined(fallbacks, earlier.fallbacks, -1),
                combined(fallbackMisses, earlier.fallbackMisses, -1),
                spent.minus(earlier.spent),
                latency.minus(earlier.latency));
    }

    /** In pieces with at most {@code most} cells of the distribution each, which add up to this. */
    List<EndpointFigures> split(int most) {
        if (latency.occupied() <= most) {
            return List.of(this);
        }
        List<EndpointFigures> pieces = new ArrayList<>();
        for (Latency piece : latency.split(most)) {
            pieces.add(pieces.isEmpty() ? with(piece) : none(service, endpoint).with(piece));
        }
        return pieces;
    }

    /** The same with another distribution. */
    public EndpointFigures with(Latency other) {
        return new EndpointFigures(
                service,
                endpoint,
                successes,
                unansweredFailures,
                unansweredRejections,
                answeredFailures,
                answeredRejections,
                wouldReject,
                fallbacks,
                fallbackMisses,
                spent,
                other);
    }

    /** Whether there is nothing to tell. */
    public boolean isEmpty() {
        return requests() == 0 && wouldReject == 0 && fallbacks.isEmpty() && fallbackMisses.isEmpty();
    }

    /** All calls. */
    public long requests() {
        return successes + failures() + rejections();
    }

    /** Calls that the dependency failed. */
    public long failures() {
        return unansweredFailures + answeredFailures;
    }

    /** Callers' time in calls that the dependency answered well, nanoseconds. */
    public long succeedingNanos() {
        return Math.max(0, latency.sumNanos() - spent.failing() - spent.answeringFailures());
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

    private static Map<String, Long> combined(Map<String, Long> one, Map<String, Long> other, int sign) {
        if (other.isEmpty()) {
            return one;
        }
        Map<String, Long> sums = new HashMap<>(one);
        other.forEach((name, count) -> sums.merge(name, sign * count, Long::sum));
        sums.values().removeIf(count -> count <= 0);
        return Map.copyOf(sums);
    }
}
