package dev.resilience.admin;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.CircuitView;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.ServiceConfig;
import dev.resilience.fallback.Backlog;
import dev.resilience.health.ProbeResult;
import dev.resilience.health.ProbeView;
import dev.resilience.metrics.CallOutcome;
import dev.resilience.metrics.EndpointFigures;
import dev.resilience.metrics.Exemplar;
import dev.resilience.metrics.Latency;
import dev.resilience.metrics.ServiceFigures;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.ToLongFunction;

/**
 * This instance's figures as Prometheus' library has them, by the names of the contract: what {@code /metrics} shows and what
 * goes to a collector. Reading them disturbs no caller. Thread-safe.
 */
public final class MetricFamilies {

    private static final double NANOS_PER_SECOND = 1e9;
    private static final HexFormat HEX = HexFormat.of();

    private final Surface surface;

    public MetricFamilies(Surface surface) {
        this.surface = surface;
    }

    /** Completes when the stores have told how much waits in them. */
    public CompletionStage<MetricSnapshots> now() {
        return surface.backlogSizes().thenApply(this::families);
    }

    private MetricSnapshots families(Map<String, Backlog.Sizes> backlog) {
        Map<String, ServiceFigures> measured = surface.metrics().figures();
        Iterable<EndpointFigures> endpoints = endpoints(measured).values();
        return new MetricSnapshots(
                calls(endpoints),
                durations(endpoints),
                fallbacks(endpoints),
                states(),
                modes(),
                transitions(measured),
                probesUp(),
                probeDurations(),
                sloRatios(),
                waiting(
                        "resilience_queue_entries",
                        "Calls that wait to be made, of the whole fleet where it shares a store.",
                        backlog,
                        Backlog.Sizes::queue),
                waiting(
                        "resilience_review_entries",
                        "Calls flagged for a person, of the whole fleet where it shares a store.",
                        backlog,
                        Backlog.Sizes::review),
                redeliveries(),
                storeUp());
    }

    /** Every endpoint of the configuration, called or not, so that no series begins at its first failure. */
    private Map<String, EndpointFigures> endpoints(Map<String, ServiceFigures> measured) {
        Map<String, EndpointFigures> endpoints = new LinkedHashMap<>();
        for (ServiceConfig service : surface.config().services().values()) {
            for (EndpointConfig endpoint : service.endpoints()) {
                endpoints.put(
                        service.name() + '\n' + endpoint.name(), EndpointFigures.none(service.name(), endpoint.name()));
            }
        }
        for (ServiceFigures service : measured.values()) {
            for (EndpointFigures endpoint : service.endpoints()) {
                endpoints.put(service.service() + '\n' + endpoint.endpoint(), endpoint);
            }
        }
        return endpoints;
    }

    private static CounterSnapshot calls(Iterable<EndpointFigures> endpoints) {
        CounterSnapshot.Builder calls =
                CounterSnapshot.builder().name("resilience_calls").help("Protected calls by outcome.");
        for (EndpointFigures endpoint : endpoints) {
            for (CallOutcome outcome : CallOutcome.values()) {
                calls.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .labels(Labels.of(
                                "service",
                                endpoint.service(),
                                "endpoint",
                                endpoint.endpoint(),
                                "outcome",
                                outcome.label()))
                        .value(endpoint.count(outcome))
                        .build());
            }
        }
        return calls.build();
    }

    private HistogramSnapshot durations(Iterable<EndpointFigures> endpoints) {
        double[] bounds = bounds();
        HistogramSnapshot.Builder durations = HistogramSnapshot.builder()
                .name("resilience_call_duration_seconds")
                .unit(Unit.SECONDS)
                .help("Time of the calls that reached the dependency, as their callers felt it.");
        for (EndpointFigures endpoint : endpoints) {
            Latency latency = endpoint.latency();
            durations.dataPoint(HistogramSnapshot.HistogramDataPointSnapshot.builder()
                    .labels(Labels.of("service", endpoint.service(), "endpoint", endpoint.endpoint()))
                    .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, latency.bucketCounts()))
                    .sum(latency.sumNanos() / NANOS_PER_SECOND)
                    .exemplars(exemplars(endpoint))
                    .build());
        }
        return durations.build();
    }

    private Exemplars exemplars(EndpointFigures endpoint) {
        List<Exemplar> traced = surface.metrics().exemplars(endpoint.service(), endpoint.endpoint());
        if (traced.isEmpty()) {
            return Exemplars.EMPTY;
        }
        List<io.prometheus.metrics.model.snapshots.Exemplar> exemplars = new ArrayList<>();
        for (Exemplar call : traced) {
            exemplars.add(io.prometheus.metrics.model.snapshots.Exemplar.builder()
                    .value(call.durationNanos() / NANOS_PER_SECOND)
                    .traceId(HEX.toHexDigits(call.traceHigh()) + HEX.toHexDigits(call.traceLow()))
                    .spanId(HEX.toHexDigits(call.span()))
                    .timestampMillis(call.atMillis())
                    .build());
        }
        return Exemplars.of(exemplars);
    }

    private CounterSnapshot fallbacks(Iterable<EndpointFigures> endpoints) {
        CounterSnapshot.Builder fallbacks = CounterSnapshot.builder()
                .name("resilience_fallbacks")
                .help("Answers given in place of a call, by strategy.");
        for (EndpointFigures endpoint : endpoints) {
            Map<String, Long> counts = declared(endpoint);
            counts.putAll(endpoint.fallbacks());
            counts.forEach((strategy, count) -> fallbacks.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                    .labels(Labels.of(
                            "service", endpoint.service(), "endpoint", endpoint.endpoint(), "strategy", strategy))
                    .value(count)
                    .build()));
        }
        return fallbacks.build();
    }

    /** Zeros for the strategies that the configuration names, so that no series begins at its first answer. */
    private Map<String, Long> declared(EndpointFigures figures) {
        Map<String, Long> zeros = new TreeMap<>();
        ServiceConfig service = surface.config().services().get(figures.service());
        if (service != null) {
            for (EndpointConfig endpoint : service.endpoints()) {
                if (endpoint.name().equals(figures.endpoint())) {
                    endpoint.fallback().forEach(link -> zeros.put(link.strategy(), 0L));
                }
            }
        }
        return zeros;
    }

    private GaugeSnapshot states() {
        GaugeSnapshot.Builder states = GaugeSnapshot.builder()
                .name("resilience_circuit_state")
                .help("1 for the state that the circuit is in, 0 for the others.");
        for (CircuitView view : surface.circuitViews()) {
            for (State state : State.values()) {
                states.dataPoint(
                        gauge(Labels.of("service", view.service(), "state", state.name()), view.state() == state));
            }
        }
        return states.build();
    }

    /** Who ordered one and why is for people, in the API; what alerts and charts need is that one is. */
    private GaugeSnapshot modes() {
        GaugeSnapshot.Builder modes = GaugeSnapshot.builder()
                .name("resilience_circuit_mode")
                .help("1 for the mode in force; source is runtime for one that was ordered, else file.");
        for (Circuit circuit : surface.circuits().all()) {
            modes.dataPoint(gauge(
                    Labels.of(
                            "service",
                            circuit.service(),
                            "mode",
                            circuit.mode().label(),
                            "source",
                            circuit.order() == null ? "file" : "runtime"),
                    true));
        }
        return modes.build();
    }

    private static CounterSnapshot transitions(Map<String, ServiceFigures> measured) {
        CounterSnapshot.Builder transitions = CounterSnapshot.builder()
                .name("resilience_circuit_transitions")
                .help("Changes of state, as this instance learned of them.");
        for (ServiceFigures service : measured.values()) {
            service.transitions()
                    .counts()
                    .forEach((kind, count) -> transitions.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                            .labels(Labels.of(
                                    "service",
                                    service.service(),
                                    "from",
                                    kind.from().name(),
                                    "to",
                                    kind.to().name()))
                            .value(count)
                            .build()));
        }
        return transitions.build();
    }

    private GaugeSnapshot probesUp() {
        GaugeSnapshot.Builder up = GaugeSnapshot.builder()
                .name("resilience_probe_up")
                .help("Whether the last probe found the service up; only on the instance that probes.");
        for (ProbeView probe : surface.probes().views()) {
            ProbeResult last = probe.last();
            if (probe.held() && last != null) {
                up.dataPoint(gauge(Labels.of("service", probe.service()), last.up()));
            }
        }
        return up.build();
    }

    private GaugeSnapshot probeDurations() {
        GaugeSnapshot.Builder durations = GaugeSnapshot.builder()
                .name("resilience_probe_duration_seconds")
                .unit(Unit.SECONDS)
                .help("How long the last probe took; only on the instance that probes.");
        for (ProbeView probe : surface.probes().views()) {
            ProbeResult last = probe.last();
            if (probe.held() && last != null) {
                durations.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                        .labels(Labels.of("service", probe.service()))
                        .value(last.responseNanos() / NANOS_PER_SECOND)
                        .build());
            }
        }
        return durations.build();
    }

    private GaugeSnapshot sloRatios() {
        GaugeSnapshot.Builder ratios = GaugeSnapshot.builder()
                .name("resilience_slo_ratio")
                .help(
                        "Share of good events over the last 24 hours on this instance: calls answered well, calls as quick as"
                                + " the goal, outages as short as the goal.");
        Map<String, AgentConfig.Slo> goals = new LinkedHashMap<>();
        surface.config().services().values().forEach(service -> goals.put(service.name(), service.slo()));
        surface.fleet()
                .judgeOwn(goals)
                .values()
                .forEach(report -> report.objectives()
                        .forEach(objective -> ratios.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                                .labels(Labels.of(
                                        "service",
                                        report.service(),
                                        "slo",
                                        objective.kind().label()))
                                .value(objective.ratio())
                                .build())));
        return ratios.build();
    }

    private static GaugeSnapshot waiting(
            String name, String help, Map<String, Backlog.Sizes> backlog, ToLongFunction<Backlog.Sizes> size) {
        GaugeSnapshot.Builder entries = GaugeSnapshot.builder().name(name).help(help);
        backlog.forEach((service, sizes) -> entries.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .labels(Labels.of("service", service))
                .value(size.applyAsLong(sizes))
                .build()));
        return entries.build();
    }

    private CounterSnapshot redeliveries() {
        CounterSnapshot.Builder again = CounterSnapshot.builder()
                .name("resilience_queue_redeliveries")
                .help("Queued calls that this instance made though they may have been made before.");
        Backlog backlog = surface.backlog();
        if (backlog != null) {
            surface.config()
                    .services()
                    .keySet()
                    .forEach(service -> again.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                            .labels(Labels.of("service", service))
                            .value(backlog.repeats(service))
                            .build()));
        }
        return again.build();
    }

    private GaugeSnapshot storeUp() {
        return GaugeSnapshot.builder()
                .name("resilience_store_up")
                .help("0 while the shared store does not answer; always 1 without one.")
                .dataPoint(gauge(Labels.EMPTY, surface.storeUp()))
                .build();
    }

    private static GaugeSnapshot.GaugeDataPointSnapshot gauge(Labels labels, boolean on) {
        return GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .labels(labels)
                .value(on ? 1 : 0)
                .build();
    }

    private static double[] bounds() {
        long[] nanos = Latency.bucketBounds();
        double[] seconds = new double[nanos.length + 1];
        for (int i = 0; i < nanos.length; i++) {
            seconds[i] = nanos[i] / NANOS_PER_SECOND;
        }
        seconds[nanos.length] = Double.POSITIVE_INFINITY;
        return seconds;
    }
}
