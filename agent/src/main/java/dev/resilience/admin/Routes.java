package dev.resilience.admin;

import java.nio.charset.StandardCharsets;

/** Every path of the admin server, in the order of the contract's table. */
final class Routes {

    private Routes() {}

    static Router of(Surface surface) {
        HealthRoutes health = new HealthRoutes(surface);
        ProbeRoutes probes = new ProbeRoutes(surface);
        MetricsRoutes metrics = new MetricsRoutes(surface);
        BacklogRoutes backlog = new BacklogRoutes(surface);
        ResilienceRoutes resilience = new ResilienceRoutes(surface);
        SnapshotRoutes snapshots = new SnapshotRoutes(surface);
        InstanceRoutes instances = new InstanceRoutes(surface);
        Router router = new Router()
                .get("/api/health/status", health::status)
                .ask("/api/health/history", probes::history)
                .ask("/api/health/uptime", probes::uptime)
                .ask("/api/health/prediction", probes::prediction)
                .ask("/api/metrics/resilience", metrics::resilience)
                .ask("/api/metrics/latency-breakdown", metrics::latencyBreakdown)
                .ask("/api/metrics/history", metrics::history)
                .get("/api/resilience/states", resilience::states)
                .get("/api/resilience/dependencies", resilience::dependencies)
                .ask("/api/resilience/fallback-metrics", metrics::fallbacks)
                .get("/api/resilience/features", resilience::features)
                .get("/api/resilience/events", resilience::events)
                .post("/api/resilience/mode", new ModeRoutes(surface)::set)
                .ask("/api/resilience/queue", backlog::queue)
                .post("/api/resilience/queue/retry", backlog::retry)
                .post("/api/resilience/queue/drop", backlog::dropQueued)
                .ask("/api/resilience/reviews", backlog::reviews)
                .post("/api/resilience/reviews/resolve", backlog::resolve)
                .post("/api/resilience/reviews/requeue", backlog::requeue)
                .post("/api/resilience/reviews/drop", backlog::dropReview)
                .ask("/api/resilience/instances", instances::list)
                .ask("/api/resilience/snapshots", snapshots::newest)
                .post("/api/resilience/snapshots", snapshots::take)
                .post("/api/resilience/reset", resilience::reset)
                .post("/api/resilience/cache/clear", resilience::clearCache)
                .get(
                        Doorman.LIVENESS,
                        query -> Reply.text("text/plain; charset=utf-8", "ok\n".getBytes(StandardCharsets.UTF_8)));
        router.get("/api/resilience/doctor", new DoctorRoutes(surface)::doctor);
        router.get("/api/openapi.json", query -> Page.described());
        router.get(LiveStream.PATH, query -> {
            throw new Problem(406, "Not acceptable", "a stream is told over HTTP only");
        });
        if (surface.config().telemetry().prometheus()) {
            router.ask("/metrics", new PrometheusPage(surface)::answer);
        }
        return Page.on(router);
    }
}
