package dev.resilience.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.CircuitView;
import dev.resilience.breaker.State;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.Mode;
import dev.resilience.config.ServiceConfig;
import dev.resilience.health.DependencyGraph;
import dev.resilience.health.HealthReport;
import dev.resilience.health.HealthReport.ServiceHealth;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The circuits: where they stand, whom they hit, what works now, what happened, and the reset. */
final class ResilienceRoutes {

    private final Surface surface;

    ResilienceRoutes(Surface surface) {
        this.surface = surface;
    }

    Reply states(Query query) {
        Wanted wanted = Wanted.by(query, surface);
        ObjectNode body = Json.object();
        for (Circuit circuit : surface.circuits().all()) {
            if (!wanted.has(circuit.service())) {
                continue;
            }
            CircuitView view = circuit.view();
            ObjectNode node = state(view, body.putObject(view.service()));
            ModeRoutes.put(surface, view.service(), circuit.order(), node);
            node.put("breaker_mode", circuit.mode().label());
        }
        return Reply.json(body);
    }

    Reply dependencies(Query query) {
        Wanted wanted = Wanted.by(query, surface);
        HealthReport report = surface.health();
        DependencyGraph graph = surface.systemHealth().graph();
        ObjectNode body = Json.object();
        ObjectNode services = body.putObject("services");
        for (String service : graph.services()) {
            if (!wanted.has(service)) {
                continue;
            }
            ObjectNode node = services.putObject(service);
            ServiceHealth health = report.services().get(service);
            node.put(
                    "state",
                    health == null ? State.CLOSED.name() : health.state().name());
            node.put("healthy", health == null || health.healthy());
            node.set("reasons", Json.array(health == null ? List.of() : health.reasons()));
            node.set("depends_on", Json.array(graph.dependencies(service)));
            node.set("dependents", Json.array(graph.dependents(service)));
            node.set("impact", Json.array(graph.allDependents(service)));
            ServiceConfig config = surface.config().services().get(service);
            node.put("on_dependency_open", config != null && config.fallbackOnDependencyOpen() ? "fallback" : "call");
        }
        ArrayNode hits = body.putArray("hits");
        for (String open : report.openCircuits()) {
            ObjectNode hit = hits.addObject().put("origin", open);
            hit.set("hit", Json.array(graph.allDependents(open)));
        }
        ArrayNode cascades = body.putArray("cascades");
        for (HealthReport.Cascade cascade : report.cascades()) {
            ObjectNode node = cascades.addObject().put("origin", cascade.origin());
            node.set("path", Json.array(cascade.path()));
            node.set("impact", Json.array(cascade.impact()));
        }
        return Reply.json(body);
    }

    Reply features(Query query) {
        Wanted wanted = Wanted.by(query, surface);
        ObjectNode body = Json.object();
        for (ServiceConfig service : surface.config().services().values()) {
            if (!wanted.has(service.name())) {
                continue;
            }
            Circuit circuit = surface.circuits().find(service.name());
            State state = circuit == null ? State.CLOSED : circuit.state();
            String shut = shutBy(service, circuit);
            State seen = shut != null
                    ? State.OPEN
                    : passesAlways(circuit == null ? service.mode() : circuit.mode()) ? State.CLOSED : state;
            ObjectNode node = body.putObject(service.name());
            node.put("state", state.name());
            ModeRoutes.put(surface, service.name(), circuit == null ? null : circuit.order(), node);
            node.put("available", seen != State.OPEN);
            putUnlessEmpty(node, "open_dependency", shut);
            String message = service.endpoints().isEmpty()
                    ? null
                    : service.endpoints().get(0).degradationMessage();
            node.put("degradation_message", seen == State.CLOSED ? null : message);
            ObjectNode endpoints = node.putObject("endpoints");
            for (EndpointConfig endpoint : service.endpoints()) {
                feature(endpoint, seen, endpoints.putObject(endpoint.name()));
            }
        }
        return Reply.json(body);
    }

    Reply events(Query query) {
        int limit = query.number("limit", 100, 1, 1_000);
        int after = query.number("after", 0, 0, Integer.MAX_VALUE);
        ObjectNode body = Json.object();
        ArrayNode events = body.putArray("events");
        Wanted wanted = new Wanted(query.parameter("service"));
        List<EventLog.Event> newest = surface.events().newest(1_000);
        // A service that the file no longer has may still have a past.
        String service = wanted.service();
        if (service != null
                && !surface.knows(service)
                && newest.stream().noneMatch(event -> wanted.has(event.service()))) {
            throw Wanted.unknown(service);
        }
        for (EventLog.Event event : newest) {
            if (events.size() == limit) {
                break;
            }
            if (event.id() <= after || !wanted.has(event.service())) {
                continue;
            }
            events.add(event(event));
        }
        return Reply.json(body);
    }

    static ObjectNode event(EventLog.Event event) {
        ObjectNode node = Json.object();
        node.put("id", event.id());
        node.put("timestamp", Json.time(event.atMillis()));
        node.put("kind", event.kind());
        putUnlessEmpty(node, "service", event.service());
        putUnlessEmpty(node, "from", event.from());
        putUnlessEmpty(node, "to", event.to());
        if (event.epoch() > 0) {
            node.put("epoch", event.epoch());
        }
        node.put("detail", event.detail());
        return node;
    }

    CompletionStage<Reply> reset(Query query) {
        String service = query.stated("service");
        if (service != null && surface.circuits().find(service) == null) {
            throw new Problem(404, "Not found", "there is no circuit of '" + service + "'");
        }
        return surface.reset(service, Told.who(query)).thenApply(after -> {
            ObjectNode body = Json.object();
            ObjectNode done = body.putObject("reset");
            after.forEach((name, view) -> {
                ObjectNode node = state(view, done.putObject(name));
                Circuit circuit = surface.circuits().find(name);
                if (circuit != null) {
                    // What is held open stays so.
                    node.put("breaker_mode", circuit.mode().label());
                }
            });
            return Reply.json(body);
        });
    }

    CompletionStage<Reply> clearCache(Query query) {
        String service = Wanted.stated(query, surface).service();
        String endpoint = query.stated("endpoint");
        if (endpoint != null && service == null) {
            throw new Problem(400, "Bad parameter", "'endpoint' needs 'service'");
        }
        if (endpoint != null && service != null && !surface.knows(service, endpoint)) {
            throw new Problem(404, "Not found", "there is no endpoint '" + endpoint + "' of '" + service + "'");
        }
        String key = query.stated("key");
        CompletionStage<Map<String, Long>> cleared;
        try {
            cleared = surface.clearCache(service, endpoint, key, Told.who(query));
        } catch (IllegalArgumentException malformed) {
            throw new Problem(400, "Bad parameter", "'key' is no address: " + malformed.getMessage());
        }
        return cleared.thenApply(counts -> {
            ObjectNode body = Json.object();
            body.put(
                    "cleared",
                    counts.values().stream().mapToLong(Long::longValue).sum());
            body.put("service", service);
            body.put("endpoint", endpoint);
            ObjectNode services = body.putObject("services");
            counts.forEach((name, count) -> {
                if (!name.isEmpty()) {
                    services.put(name, count);
                }
            });
            return Reply.json(body);
        });
    }

    private static ObjectNode state(CircuitView view, ObjectNode node) {
        return node.put("state", view.state().name())
                .put("failures", view.failures())
                .put("successes", view.successes())
                .put("failure_rate", Math.round(view.failureRate() * 10_000) / 10_000.0)
                .put("half_open_quota", view.halfOpenQuota())
                .put("last_failure", view.lastFailure())
                .put("retry_after_ms", view.retryAfterMillis())
                .put("epoch", view.epoch())
                .put("since_ms", view.sinceMillis());
    }

    /** An advanced feature is off while its circuit is not CLOSED; a basic one works as long as calls may go out. */
    private static void feature(EndpointConfig endpoint, State seen, ObjectNode node) {
        boolean available = endpoint.advanced() ? seen == State.CLOSED : seen != State.OPEN;
        node.put("feature", endpoint.advanced() ? "advanced" : "basic");
        node.put("critical", endpoint.critical());
        node.put("available", available);
        node.put("answered_by", answeredBy(endpoint, available, seen));
        ArrayNode chain = node.putArray("fallback");
        endpoint.fallback().forEach(fallback -> chain.add(fallback.strategy()));
        node.put("degradation_message", seen == State.CLOSED ? null : endpoint.degradationMessage());
    }

    private static String answeredBy(EndpointConfig endpoint, boolean available, State seen) {
        if (available && seen == State.CLOSED) {
            return "dependency";
        }
        String otherwise = endpoint.fallback().isEmpty() ? "rejection" : "fallback";
        return available ? "trial or " + otherwise : otherwise;
    }

    /** The dependency whose OPEN circuit sends every call to the fallback chain ({@code on_dependency_open}), or null. */
    private @Nullable String shutBy(ServiceConfig service, @Nullable Circuit own) {
        if (!service.fallbackOnDependencyOpen() || own == null || !own.mode().interferes()) {
            return null;
        }
        for (String name : surface.systemHealth().graph().allDependencies(service.name())) {
            Circuit dependency = surface.circuits().find(name);
            if (dependency != null && dependency.shuts()) {
                return name;
            }
        }
        return null;
    }

    private static boolean passesAlways(Mode mode) {
        return mode == Mode.MONITOR || mode == Mode.DISABLED || mode == Mode.FORCED_CLOSED;
    }

    private static void putUnlessEmpty(ObjectNode node, String name, @Nullable String text) {
        if (text != null && !text.isEmpty()) {
            node.put(name, text);
        }
    }
}
