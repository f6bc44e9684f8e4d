package dev.resilience.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What became of one service's calls since the JVM started, and of its circuit. Immutable.
 *
 * @param total over all endpoints; its endpoint name is empty
 * @param endpoints in the order in which they were first seen
 */
public record ServiceFigures(
        String service, EndpointFigures total, List<EndpointFigures> endpoints, TransitionFigures transitions) {

    static ServiceFigures of(String service, List<EndpointFigures> endpoints, TransitionFigures transitions) {
        long successes = 0;
        long unansweredFailures = 0;
        long unansweredRejections = 0;
        long answeredFailures = 0;
        long answeredRejections = 0;
        long wouldReject = 0;
        Map<String, Long> fallbacks = new HashMap<>();
        Map<String, Long> misses = new HashMap<>();
        Latency latency = Latency.NONE;
        for (EndpointFigures endpoint : endpoints) {
            successes += endpoint.successes();
            unansweredFailures += endpoint.unansweredFailures();
            unansweredRejections += endpoint.unansweredRejections();
            answeredFailures += endpoint.answeredFailures();
            answeredRejections += endpoint.answeredRejections();
            wouldReject += endpoint.wouldReject();
            endpoint.fallbacks().forEach((strategy, count) -> fallbacks.merge(strategy, count, Long::sum));
            endpoint.fallbackMisses().forEach((strategy, count) -> misses.merge(strategy, count, Long::sum));
            latency = latency.plus(endpoint.latency());
        }
        EndpointFigures total = new EndpointFigures(
                service,
                "",
                successes,
                unansweredFailures,
                unansweredRejections,
                answeredFailures,
                answeredRejections,
                wouldReject,
                Map.copyOf(fallbacks),
                Map.copyOf(misses),
                latency);
        return new ServiceFigures(service, total, List.copyOf(endpoints), transitions);
    }
}
