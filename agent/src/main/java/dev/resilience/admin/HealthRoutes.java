package dev.resilience.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.CircuitView;
import dev.resilience.health.HealthReport;
import dev.resilience.health.ProbeResult;
import dev.resilience.health.ProbeView;
import java.util.HashMap;
import java.util.Map;

/** How the services are. */
final class HealthRoutes {

    private final Surface surface;

    HealthRoutes(Surface surface) {
        this.surface = surface;
    }

    Reply status(Query query) {
        Wanted wanted = Wanted.by(query, surface);
        HealthReport report = surface.health();
        ObjectNode body = Json.object();
        body.put("status", report.status().label());
        body.put("application", surface.config().application());
        body.put("instance", surface.config().instance());
        body.put("version", surface.version());
        body.put("mode", surface.mode());
        body.put("gate_failures", surface.gateFailures());
        body.put("config_error", surface.configError());
        body.put("timestamp", Json.time(surface.now()));
        body.set("open_circuits", Json.array(report.openCircuits()));
        body.set("half_open_circuits", Json.array(report.halfOpenCircuits()));
        body.set("cascading_failures", Json.array(report.cascadingFailures()));
        services(report, wanted, body.putObject("services"));
        return Reply.json(body);
    }

    /** What of the status changes only when something happens: no ages, no times. */
    ObjectNode summary() {
        HealthReport report = surface.health();
        ObjectNode body = Json.object();
        body.put("status", report.status().label());
        body.put("mode", surface.mode());
        body.set("open_circuits", Json.array(report.openCircuits()));
        body.set("half_open_circuits", Json.array(report.halfOpenCircuits()));
        ObjectNode services = body.putObject("services");
        report.services()
                .forEach((name, service) -> services.putObject(name)
                        .put("state", service.state().name())
                        .put("healthy", service.healthy()));
        return body;
    }

    private void services(HealthReport report, Wanted wanted, ObjectNode services) {
        Map<String, CircuitView> circuits = new HashMap<>();
        surface.circuitViews().forEach(view -> circuits.put(view.service(), view));
        Map<String, ProbeView> probes = new HashMap<>();
        surface.probes().views().forEach(probe -> probes.put(probe.service(), probe));
        report.services().values().stream()
                .filter(service -> wanted.has(service.service()))
                .forEach(service -> {
                    ObjectNode node = services.putObject(service.service());
                    node.put("state", service.state().name());
                    node.put("healthy", service.healthy());
                    node.set("reasons", Json.array(service.reasons()));
                    node.set(
                            "depends_on",
                            Json.array(surface.systemHealth().graph().dependencies(service.service())));
                    CircuitView circuit = circuits.get(service.service());
                    if (circuit != null) {
                        node.put("since_ms", circuit.sinceMillis());
                        node.put("retry_after_ms", circuit.retryAfterMillis());
                    }
                    Circuit used = surface.circuits().find(service.service());
                    ModeRoutes.put(surface, service.service(), used == null ? null : used.order(), node);
                    ProbeView probe = probes.get(service.service());
                    if (probe != null) {
                        probe(probe, node.putObject("probe"));
                    }
                });
    }

    private static void probe(ProbeView probe, ObjectNode node) {
        node.put("kind", probe.kind());
        node.put("target", probe.target());
        node.put("interval_ms", probe.intervalMillis());
        node.put("held", probe.held());
        ProbeResult last = probe.last();
        if (last != null) {
            node.put("status", last.up() ? "up" : "down");
            node.put("response_time_ms", last.responseMillis());
            node.put("timestamp", Json.time(last.atMillis()));
            if (last.failure() != null) {
                node.put("reason", last.failure());
            }
        }
    }
}
