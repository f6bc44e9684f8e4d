package dev.resilience.health.alert;

import dev.resilience.breaker.State;
import dev.resilience.metrics.EndpointFigures;
import dev.resilience.metrics.SloReport;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that the rules look at. Immutable.
 *
 * @param cascades failures that have spread, as paths
 */
public record Observation(List<OfService> services, List<String> cascades) {

    /** How far back {@link OfService#lately()} reaches. */
    static final Duration LATELY = Duration.ofMinutes(5);

    /**
     * @param downMillis how long its circuit has been away from CLOSED, 0 when it is not
     * @param lately its calls of the last five minutes
     * @param slo against its goals; null while it was not judged
     */
    public record OfService(
            String service,
            State state,
            long downMillis,
            EndpointFigures lately,
            @Nullable SloReport slo) {}
}
