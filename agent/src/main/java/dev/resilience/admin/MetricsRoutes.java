package dev.resilience.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.ServiceConfig;
import dev.resilience.metrics.EndpointFigures;
import dev.resilience.metrics.Latency;
import dev.resilience.metrics.ServiceFigures;
import dev.resilience.metrics.TransitionFigures;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What was measured on this instance since its JVM started. */
final class MetricsRoutes {

    private final Surface surface;

    MetricsRoutes(Surface surface) {
        this.surface = surface;
    }

    Reply resilience(Query query) {
        ObjectNode body = scope();
        ObjectNode services = body.putObject("services");
        figures(query).forEach((name, figures) -> {
            ObjectNode node = services.putObject(name);
            calls(figures.total(), node);
            transitions(figures.transitions(), node);
            ServiceConfig config = surface.config().services().get(name);
            if (config != null) {
                slos(figures, config.slo(), node);
            }
            ObjectNode endpoints = node.putObject("endpoints");
            figures.endpoints().forEach(each -> calls(each, endpoints.putObject(each.endpoint())));
        });
        return Reply.json(body);
    }

    Reply latencyBreakdown(Query query) {
        ObjectNode body = scope();
        ObjectNode services = body.putObject("services");
        figures(query).forEach((name, figures) -> {
            ObjectNode node = services.putObject(name);
            latency(figures.total().latency(), node);
            ObjectNode endpoints = node.putObject("endpoints");
            figures.endpoints().forEach(each -> latency(each.latency(), endpoints.putObject(each.endpoint())));
        });
        return Reply.json(body);
    }

    Reply fallbacks(Query query) {
        ObjectNode body = scope();
        ObjectNode services = body.putObject("services");
        figures(query).forEach((name, figures) -> {
            ObjectNode node = services.putObject(name);
            fallbacks(figures.total(), node);
            ObjectNode endpoints = node.putObject("endpoints");
            figures.endpoints().forEach(each -> fallbacks(each, endpoints.putObject(each.endpoint())));
        });
        return Reply.json(body);
    }

    /** Every service and endpoint of the configuration, called or not, and what else was measured. */
    private Map<String, ServiceFigures> figures(Query query) {
        String only = query.parameter("service");
        if (only != null && !surface.knows(only)) {
            throw new Problem(404, "Not found", "there is no service '" + only + "'");
        }
        Set<String> names = new LinkedHashSet<>(surface.config().services().keySet());
        Map<String, ServiceFigures> measured = surface.metrics().figures();
        names.addAll(measured.keySet());
        Map<String, ServiceFigures> figures = new LinkedHashMap<>();
        for (String name : names) {
            if (only == null || only.equals(name)) {
                ServiceFigures known = measured.get(name);
                figures.put(name, known != null ? known : surface.metrics().figures(name));
            }
        }
        return figures;
    }

    private ObjectNode scope() {
        return Json.object().put("instance", surface.config().instance()).put("timestamp", Json.time(surface.now()));
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

    private static void latency(Latency latency, ObjectNode node) {
        node.put("count", latency.count());
        node.put("p50_ms", Json.millis(latency.percentileNanos(50)));
        node.put("p95_ms", Json.millis(latency.percentileNanos(95)));
        node.put("p99_ms", Json.millis(latency.percentileNanos(99)));
        node.put("avg_ms", Json.millis(latency.averageNanos()));
        node.put("min_ms", Json.millis(latency.minNanos()));
        node.put("max_ms", Json.millis(latency.maxNanos()));
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

    /** Against the goals since the start; nothing measured misses no goal. */
    private static void slos(ServiceFigures figures, AgentConfig.Slo slo, ObjectNode node) {
        double availability = figures.total().successRate();
        double p99 = Json.millis(figures.total().latency().percentileNanos(99));
        long recovery = figures.transitions().lastRecoveryMillis();
        boolean available = availability >= slo.availability();
        boolean quick = p99 <= slo.latencyP99().toMillis();
        boolean recovered = recovery <= slo.recoveryTime().toMillis();
        node.put("slos_met", available && quick && recovered);
        ObjectNode slos = node.putObject("slos");
        slos.putObject("availability")
                .put("target", slo.availability())
                .put("actual", Json.percent(availability))
                .put("met", available);
        slos.putObject("latency_p99_ms")
                .put("target", slo.latencyP99().toMillis())
                .put("actual", p99)
                .put("met", quick);
        slos.putObject("recovery_time_ms")
                .put("target", slo.recoveryTime().toMillis())
                .put("actual", recovery(figures.transitions(), recovery))
                .put("met", recovered);
    }
}
