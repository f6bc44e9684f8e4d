package dev.resilience.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.ServiceConfig;
import dev.resilience.fallback.Backlog;
import dev.resilience.metrics.EndpointFigures;
import dev.resilience.metrics.ErrorBudget;
import dev.resilience.metrics.FleetFigures;
import dev.resilience.metrics.Latency;
import dev.resilience.metrics.Objective;
import dev.resilience.metrics.ServiceFigures;
import dev.resilience.metrics.SloReport;
import dev.resilience.metrics.Span;
import dev.resilience.metrics.TimeSpent;
import dev.resilience.metrics.TransitionFigures;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What was measured: by the whole fleet where it shares a store, else by this instance. */
final class MetricsRoutes {

    private static final int DAY_MINUTES = 1_440;

    /** What callers' time can go into. */
    private static final List<String> TIMES = List.of("success", "failure", "fallback", "rejected");

    private final Surface surface;

    MetricsRoutes(Surface surface) {
        this.surface = surface;
    }

    CompletionStage<Reply> resilience(Query query) {
        Map<String, AgentConfig.Slo> goals = new LinkedHashMap<>();
        for (String name : names(query)) {
            ServiceConfig service = surface.config().services().get(name);
            if (service != null) {
                goals.put(name, service.slo());
            }
        }
        return figures(query)
                .thenCombine(surface.fleet().judge(goals), (answer, judgement) -> {
                    ObjectNode body = scope(query, answer);
                    ObjectNode services = body.putObject("services");
                    answer.services().forEach((name, figures) -> {
                        if (!counts(name)) {
                            return;
                        }
                        ObjectNode node = services.putObject(name);
                        calls(figures.total(), node);
                        transitions(figures.transitions(), node);
                        SloReport report = judgement.services().get(name);
                        if (report != null) {
                            slos(report, node);
                        }
                        ObjectNode endpoints = node.putObject("endpoints");
                        endpoints(name, figures).forEach(each -> calls(each, endpoints.putObject(each.endpoint())));
                    });
                    ofSingleCircuits(answer.services(), services);
                    return body;
                })
                .thenCombine(surface.alerts(), (body, alerts) -> {
                    AlertNodes.put(alerts, body);
                    return Reply.json(body);
                });
    }

    /** How the circuits of hosts and regions went, within their services, by which their calls are counted. */
    private void ofSingleCircuits(Map<String, ServiceFigures> all, ObjectNode services) {
        all.forEach((name, figures) -> {
            if (!counts(name) && services.get(ownerOf(name)) instanceof ObjectNode owner) {
                transitions(
                        figures.transitions(),
                        owner.withObjectProperty("circuits").putObject(name));
            }
        });
    }

    CompletionStage<Reply> latencyBreakdown(Query query) {
        return figures(query).thenApply(answer -> {
            ObjectNode body = scope(query, answer);
            ObjectNode services = body.putObject("services");
            answer.services().forEach((name, figures) -> {
                if (!counts(name)) {
                    return;
                }
                ObjectNode node = services.putObject(name);
                breakdown(figures.total(), node);
                ObjectNode endpoints = node.putObject("endpoints");
                endpoints(name, figures).forEach(each -> breakdown(each, endpoints.putObject(each.endpoint())));
            });
            return Reply.json(body);
        });
    }

    CompletionStage<Reply> fallbacks(Query query) {
        return figures(query).thenCombine(surface.backlogSizes(), (answer, backlog) -> {
            ObjectNode body = scope(query, answer);
            ObjectNode services = body.putObject("services");
            long queued = 0;
            long flagged = 0;
            for (Map.Entry<String, ServiceFigures> each : answer.services().entrySet()) {
                if (!counts(each.getKey())) {
                    continue;
                }
                ObjectNode node = services.putObject(each.getKey());
                fallbacks(each.getValue().total(), node);
                Backlog.Sizes sizes = backlog.getOrDefault(each.getKey(), new Backlog.Sizes(0, 0));
                node.put("queue_entries", sizes.queue());
                node.put("review_entries", sizes.review());
                queued += sizes.queue();
                flagged += sizes.review();
                ObjectNode endpoints = node.putObject("endpoints");
                endpoints(each.getKey(), each.getValue())
                        .forEach(one -> fallbacks(one, endpoints.putObject(one.endpoint())));
            }
            body.put("queue_entries", queued);
            body.put("review_entries", flagged);
            return Reply.json(body);
        });
    }

    /** One service's course, or that of all, as charts want it: one point for each stretch in which there were calls. */
    CompletionStage<Reply> history(Query query) {
        Duration window = window(query);
        Map<String, CompletableFuture<FleetFigures.Course>> pending = new LinkedHashMap<>();
        for (String name : names(query)) {
            pending.put(name, surface.fleet().course(name, window).toCompletableFuture());
        }
        return CompletableFuture.allOf(pending.values().toArray(new CompletableFuture<?>[0]))
                .thenApply(all -> {
                    ObjectNode body = Json.object();
                    body.put("timestamp", Json.time(surface.now()));
                    body.put("window_minutes", window.toMinutes());
                    ObjectNode services = body.putObject("services");
                    pending.forEach((name, course) -> {
                        ArrayNode points = services.putArray(name);
                        course.join().spans().forEach(span -> point(span, points.addObject()));
                    });
                    return Reply.json(body);
                });
    }

    private static void point(Span span, ObjectNode node) {
        EndpointFigures total = EndpointFigures.none("", "");
        for (EndpointFigures endpoint : span.endpoints().values()) {
            total = total.plus(endpoint);
        }
        Latency latency = total.latency();
        node.put("timestamp", Json.time(span.startMillis()));
        node.put("length_s", span.lengthMillis() / 1000);
        node.put("requests", total.requests());
        node.put("failures", total.failures());
        node.put("rejections", total.rejections());
        node.put("success_rate", Json.percent(total.successRate()));
        node.put("answered_rate", Json.percent(total.answeredRate()));
        node.put("p50_ms", Json.millis(latency.percentileNanos(50)));
        node.put("p95_ms", Json.millis(latency.percentileNanos(95)));
        node.put("p99_ms", Json.millis(latency.percentileNanos(99)));
    }

    /** Every service asked for, called or not. */
    private CompletionStage<FleetFigures.Answer> figures(Query query) {
        return surface.fleet().over(names(query), window(query));
    }

    /** Whether calls are counted by this name: those of a single host's or region's circuit are counted by its service. */
    private boolean counts(String circuit) {
        return surface.config().services().containsKey(circuit);
    }

    private static String ownerOf(String circuit) {
        int at = circuit.indexOf('@');
        return at < 0 ? circuit : circuit.substring(0, at);
    }

    private Set<String> names(Query query) {
        String only = query.parameter("service");
        if (only != null) {
            if (!surface.knows(only)) {
                throw Wanted.unknown(only);
            }
            Set<String> named = new LinkedHashSet<>(List.of(only));
            named.add(ownerOf(only));
            return named;
        }
        Set<String> names = new LinkedHashSet<>(surface.config().services().keySet());
        surface.circuits().all().forEach(circuit -> names.add(circuit.service()));
        return names;
    }

    private static Duration window(Query query) {
        return Duration.ofMinutes(query.number("minutes", DAY_MINUTES, 1, DAY_MINUTES));
    }

    /** Those of the configuration first, called or not, then what else was measured. */
    private Collection<EndpointFigures> endpoints(String service, ServiceFigures figures) {
        Map<String, EndpointFigures> endpoints = new LinkedHashMap<>();
        ServiceConfig config = surface.config().services().get(service);
        if (config != null) {
            config.endpoints().forEach(each -> endpoints.put(each.name(), EndpointFigures.none(service, each.name())));
        }
        figures.endpoints().forEach(each -> endpoints.put(each.endpoint(), each));
        return endpoints.values();
    }

    private ObjectNode scope(Query query, FleetFigures.Answer answer) {
        return Json.object()
                .put("scope", answer.fleet() ? "fleet" : "instance")
                .put("instance", surface.config().instance())
                .put("window_minutes", window(query).toMinutes())
                .put("timestamp", Json.time(surface.now()));
    }

    private static void calls(EndpointFigures figures, ObjectNode node) {
        node.put("requests", figures.requests());
        node.put("successes", figures.successes());
        node.put("failures", figures.failures());
        node.put("rejections", figures.rejections());
        node.put("fallbacks", figures.answeredFailures() + figures.answeredRejections());
        node.put("would_reject", figures.wouldReject());
        node.put("success_rate", Json.percent(figures.successRate()));
        node.put("answered_rate", Json.percent(figures.answeredRate()));
        Latency latency = figures.latency();
        node.put("p50_latency_ms", Json.millis(latency.percentileNanos(50)));
        node.put("p95_latency_ms", Json.millis(latency.percentileNanos(95)));
        node.put("p99_latency_ms", Json.millis(latency.percentileNanos(99)));
        node.put("avg_latency_ms", Json.millis(latency.averageNanos()));
        node.put("min_latency_ms", Json.millis(latency.minNanos()));
        node.put("max_latency_ms", Json.millis(latency.maxNanos()));
    }

    private static void breakdown(EndpointFigures figures, ObjectNode node) {
        Latency latency = figures.latency();
        node.put("count", latency.count());
        node.put("p50_ms", Json.millis(latency.percentileNanos(50)));
        node.put("p95_ms", Json.millis(latency.percentileNanos(95)));
        node.put("p99_ms", Json.millis(latency.percentileNanos(99)));
        node.put("avg_ms", Json.millis(latency.averageNanos()));
        node.put("min_ms", Json.millis(latency.minNanos()));
        node.put("max_ms", Json.millis(latency.maxNanos()));
        TimeSpent spent = figures.spent();
        long[] parts = {figures.succeedingNanos(), spent.failing(), spent.answering(), spent.rejecting()};
        long total = Math.max(1, Arrays.stream(parts).sum());
        ObjectNode times = node.putObject("time_ms");
        ObjectNode shares = node.putObject("time_percent");
        for (int i = 0; i < parts.length; i++) {
            times.put(TIMES.get(i), Json.millis(parts[i]));
            shares.put(TIMES.get(i), Json.percent(100.0 * parts[i] / total));
        }
    }

    private static void fallbacks(EndpointFigures figures, ObjectNode node) {
        counts(figures.fallbacks(), node.putObject("served"));
        counts(figures.fallbackMisses(), node.putObject("missed"));
        node.put("answered_failures", figures.answeredFailures());
        node.put("answered_rejections", figures.answeredRejections());
        node.put("unanswered_failures", figures.unansweredFailures());
        node.put("unanswered_rejections", figures.unansweredRejections());
    }

    private static void counts(Map<String, Long> counts, ObjectNode node) {
        counts.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(each -> node.put(each.getKey(), each.getValue()));
    }

    private static void transitions(TransitionFigures figures, ObjectNode node) {
        ObjectNode counts = node.putObject("transitions");
        figures.counts().forEach((kind, count) -> counts.put(kind.from() + "_TO_" + kind.to(), count));
        ObjectNode times = node.putObject("time_in_state_ms");
        for (State state : State.values()) {
            times.put(state.name(), figures.millisIn().getOrDefault(state, 0L));
        }
        node.put("recoveries", figures.recoveries());
        node.put("last_recovery_ms", recovery(figures, figures.lastRecoveryMillis()));
        node.put("avg_recovery_ms", recovery(figures, figures.recoveryMillis() / Math.max(1, figures.recoveries())));
    }

    private static @Nullable Long recovery(TransitionFigures figures, long millis) {
        return figures.recoveries() == 0 ? null : millis;
    }

    /** Against the goals; nothing measured misses no goal. */
    private static void slos(SloReport report, ObjectNode node) {
        node.put("slos_met", report.met());
        ObjectNode slos = node.putObject("slos");
        for (Objective objective : report.objectives()) {
            boolean time = objective.kind() != Objective.Kind.AVAILABILITY;
            Double actual = objective.actual();
            slos.putObject(objective.kind().label() + (time ? "_ms" : ""))
                    .put("target", objective.goal())
                    .put(
                            "actual",
                            actual == null ? null : time ? Math.round(actual * 1000) / 1000.0 : Json.percent(actual))
                    .put("met", objective.met())
                    .put("status", objective.status().label())
                    .put("ratio", Math.floor(objective.ratio() * 1e6) / 1e6);
        }
        ErrorBudget budget = report.budget();
        ObjectNode left = node.putObject("error_budget");
        left.put("remaining", Math.floor(budget.remaining() * 1e4) / 1e4);
        left.put("calls", budget.calls());
        left.put("bad", budget.bad());
        left.put("allowed", Math.floor(budget.allowed() * 100) / 100);
        ObjectNode burn = left.putObject("burn_rates");
        for (Duration window : ErrorBudget.WINDOWS) {
            burn.put(label(window), Math.round(budget.burnRates().getOrDefault(window, 0.0) * 100) / 100.0);
        }
    }

    private static String label(Duration window) {
        return window.toMinutes() < 60 ? window.toMinutes() + "m" : window.toHours() + "h";
    }
}
