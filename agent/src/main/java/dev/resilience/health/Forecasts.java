package dev.resilience.health;

import dev.resilience.health.forecast.Forecast;
import dev.resilience.health.forecast.Forecaster;
import dev.resilience.health.forecast.Past;
import dev.resilience.metrics.EndpointFigures;
import dev.resilience.metrics.FleetFigures;
import dev.resilience.metrics.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/**
 * Forecasts a service's health from its probes, or where it has none, from the calls of each minute. Thread-safe; nothing
 * waits.
 */
public final class Forecasts {

    private static final double NANOS_PER_MILLI = 1e6;

    /** As long as calls are cut by the minute. */
    private static final Duration CALLS = Duration.ofHours(2);

    private final ProbeRecords probes;
    private final FleetFigures figures;
    private final LongSupplier epochMillis;

    /** @param epochMillis Unix milliseconds on this host's clock */
    public Forecasts(ProbeRecords probes, FleetFigures figures, LongSupplier epochMillis) {
        this.probes = probes;
        this.figures = figures;
        this.epochMillis = epochMillis;
    }

    /**
     * Completes normally always. Its times are on this host's clock.
     *
     * @param limit response time that counts as trouble
     */
    public CompletionStage<Forecast> of(String service, Duration limit) {
        return probes.minutes(service, ProbeArchive.KEPT).thenCompose(minutes -> {
            if (minutes.minutes().isEmpty()) {
                return figures.course(service, CALLS)
                        .thenApply(course -> Forecaster.of(
                                new Past(calls(course.spans()), List.of()), limit.toMillis(), epochMillis.getAsLong()));
            }
            return probes.hours(service)
                    .thenApply(hours -> Forecaster.of(past(minutes, hours), limit.toMillis(), epochMillis.getAsLong()));
        });
    }

    /** Moved from the archive's clock to this host's. */
    private Past past(ProbeArchive.Minutes minutes, List<ProbeArchive.Hour> hours) {
        long shift = epochMillis.getAsLong() - minutes.nowMillis();
        List<Past.Sample> samples = new ArrayList<>();
        for (ProbeArchive.Minute minute : minutes.minutes()) {
            for (ProbeHistory.Entry entry : minute.entries()) {
                samples.add(new Past.Sample(
                        entry.atMillis() + shift, entry.up() ? 1 : 0, entry.up() ? 0 : 1, entry.responseMillis()));
            }
        }
        List<Past.Hour> past = new ArrayList<>();
        // Hours are those of the archive's clock, which is right to the second where hosts keep time.
        hours.forEach(hour -> past.add(new Past.Hour(hour.startMillis(), hour.up(), hour.down())));
        return new Past(samples, past);
    }

    /** One sample a minute: the median of its calls, and how many failed. */
    private List<Past.Sample> calls(List<Span> spans) {
        List<Past.Sample> samples = new ArrayList<>();
        long now = epochMillis.getAsLong();
        for (Span span : spans) {
            EndpointFigures total = EndpointFigures.none("", "");
            for (EndpointFigures endpoint : span.endpoints().values()) {
                total = total.plus(endpoint);
            }
            if (total.latency().count() > 0) {
                samples.add(new Past.Sample(
                        now - span.ageMillis() + span.lengthMillis() / 2,
                        (int) Math.min(Integer.MAX_VALUE, total.successes()),
                        (int) Math.min(Integer.MAX_VALUE, total.failures()),
                        total.latency().percentileNanos(50) / NANOS_PER_MILLI));
            }
        }
        return samples;
    }
}
