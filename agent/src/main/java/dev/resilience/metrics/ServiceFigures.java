package dev.resilience.metrics;

import java.util.List;

/**
 * What became of one service's calls, since the JVM started or over a while, and of its circuit. Immutable.
 *
 * @param total over all endpoints; its endpoint name is empty
 * @param endpoints in the order in which they were first seen
 */
public record ServiceFigures(
        String service, EndpointFigures total, List<EndpointFigures> endpoints, TransitionFigures transitions) {

    public static ServiceFigures of(String service, List<EndpointFigures> endpoints, TransitionFigures transitions) {
        EndpointFigures total = EndpointFigures.none(service, "");
        for (EndpointFigures endpoint : endpoints) {
            total = total.plus(endpoint);
        }
        return new ServiceFigures(service, total, List.copyOf(endpoints), transitions);
    }
}
