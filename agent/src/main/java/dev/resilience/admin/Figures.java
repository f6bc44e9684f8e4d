package dev.resilience.admin;

import dev.resilience.metrics.EndpointFigures;
import dev.resilience.metrics.Latency;
import java.util.Map;

/** Figures of what has not been called yet. */
final class Figures {

    private Figures() {}

    static EndpointFigures none(String service, String endpoint) {
        return new EndpointFigures(service, endpoint, 0, 0, 0, 0, 0, 0, Map.of(), Map.of(), Latency.NONE);
    }
}
