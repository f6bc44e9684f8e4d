package dev.resilience.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.ServiceConfig;
import dev.resilience.health.Forecasts;
import dev.resilience.health.ProbeArchive;
import dev.resilience.health.ProbeHistory;
import dev.resilience.health.ProbeRecords;
import dev.resilience.health.Uptime;
import dev.resilience.health.forecast.Forecast;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What probes found, and what is to be expected. */
final class ProbeRoutes {

    private static final int DAY_MINUTES = 1_440;

    private final Surface surface;

    ProbeRoutes(Surface surface) {
        this.surface = surface;
    }

    /** Each answer, oldest first. */
    CompletionStage<Reply> history(Query query) {
        String service = service(query);
        Duration window = Duration.ofMinutes(query.number("minutes", 60, 1, DAY_MINUTES));
        return minutes(service, window).thenApply(read -> {
            long since = read.nowMillis() - window.toMillis();
            ArrayNode body = Json.array();
            for (ProbeArchive.Minute minute : read.minutes()) {
                for (ProbeHistory.Entry entry : minute.entries()) {
                    if (entry.atMillis() >= since) {
                        body.addObject()
                                .put("timestamp", Json.time(entry.atMillis()))
                                .put("status", entry.up() ? "up" : "down")
                                .put("response_time_ms", entry.responseMillis());
                    }
                }
            }
            return Reply.json(body);
        });
    }

    /** What the answers of a while amount to, for one service or for all that are probed. */
    CompletionStage<Reply> uptime(Query query) {
        Duration window = Duration.ofMinutes(query.number("minutes", DAY_MINUTES, 1, DAY_MINUTES));
        List<String> services = query.parameter("service") != null
                ? List.of(service(query))
                : surface.config().services().values().stream()
                        .filter(each -> each.probe() != null)
                        .map(ServiceConfig::name)
                        .toList();
        Map<String, CompletableFuture<ProbeArchive.Minutes>> pending = new LinkedHashMap<>();
        services.forEach(
                service -> pending.put(service, minutes(service, window).toCompletableFuture()));
        return CompletableFuture.allOf(pending.values().toArray(new CompletableFuture<?>[0]))
                .thenApply(all -> {
                    ObjectNode body = Json.object();
                    body.put("window_minutes", window.toMinutes());
                    ObjectNode nodes = body.putObject("services");
                    pending.forEach(
                            (service, read) -> uptime(Uptime.of(read.join().minutes()), nodes.putObject(service)));
                    return Reply.json(body);
                });
    }

    CompletionStage<Reply> prediction(Query query) {
        String service = service(query);
        Forecasts forecasts = surface.forecasts();
        if (forecasts == null) {
            throw new Problem(404, "Not found", "nothing is forecast");
        }
        ServiceConfig config = surface.config().services().get(service);
        AgentConfig.Slo goals = config == null ? null : config.slo();
        Duration limit = goals == null ? Duration.ofSeconds(1) : goals.latencyP99();
        return forecasts.of(service, limit).thenApply(forecast -> Reply.json(forecast(service, forecast)));
    }

    private CompletionStage<ProbeArchive.Minutes> minutes(String service, Duration window) {
        ProbeRecords records = surface.probeRecords();
        return records == null
                ? CompletableFuture.completedFuture(new ProbeArchive.Minutes(surface.now(), List.of()))
                : records.minutes(service, window);
    }

    private String service(Query query) {
        String service = query.parameter("service");
        if (service == null) {
            throw new Problem(400, "Bad parameter", "'service' is needed");
        }
        if (!surface.knows(service)) {
            throw Wanted.unknown(service);
        }
        return service;
    }

    private static void uptime(Uptime uptime, ObjectNode node) {
        node.put("probes", uptime.up() + uptime.down());
        node.put("failures", uptime.down());
        node.put("uptime", uptime.percent() == null ? null : Json.percent(uptime.percent()));
        node.put("avg_ms", rounded(uptime.meanMillis()));
        node.put("p50_ms", uptime.p50Millis());
        node.put("p95_ms", uptime.p95Millis());
        node.put("p99_ms", uptime.p99Millis());
    }

    private static ObjectNode forecast(String service, Forecast forecast) {
        ObjectNode body = Json.object();
        body.put("service", service);
        body.put("trend", forecast.trend().label());
        ObjectNode time = body.putObject("response_time");
        time.put("now_ms", rounded(forecast.nowMillis()));
        time.put("per_hour_ms", rounded(forecast.perHour()));
        time.put("per_hour_low_ms", rounded(forecast.perHourLow()));
        time.put("per_hour_high_ms", rounded(forecast.perHourHigh()));
        time.put("p_value", Math.round(forecast.chance() * 1e6) / 1e6);
        body.putObject("failure_rate")
                .put("now", Math.round(forecast.failureRate() * 1e4) / 1e4)
                .put("usual", Math.round(forecast.usualFailureRate() * 1e4) / 1e4);
        body.put("samples", forecast.samples());
        ArrayNode predictions = body.putArray("predictions");
        for (Forecast.Expected expected : forecast.expected()) {
            Long latest = expected.latestMillis();
            predictions
                    .addObject()
                    .put("kind", expected.kind())
                    .put("summary", expected.summary())
                    .put("threshold", expected.threshold())
                    .put("at", Json.time(expected.atMillis()))
                    .put("earliest", Json.time(expected.earliestMillis()))
                    .put("latest", latest == null ? null : Json.time(latest))
                    .put("confidence", Math.floor(expected.confidence() * 1000) / 1000);
        }
        body.set("recommendations", Json.array(forecast.recommendations()));
        return body;
    }

    private static @Nullable Double rounded(@Nullable Double millis) {
        return millis == null ? null : Math.round(millis * 100) / 100.0;
    }
}
