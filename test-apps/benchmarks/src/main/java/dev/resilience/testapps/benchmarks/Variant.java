package dev.resilience.testapps.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What an application is started with. */
record Variant(String name, List<String> jvmArguments, Map<String, String> environment) {

    static List<Variant> all(Path ownJar, Path config, Path openTelemetryJar, String redisUrl) {
        return List.of(
                new Variant("without", List.of(), Map.of()),
                new Variant(
                        "resilience.jar",
                        List.of("-javaagent:" + ownJar + "=" + config),
                        Map.of("BENCHMARK_REDIS", redisUrl)),
                // Without exporters: nobody listens, and its complaints would cost it time.
                new Variant(
                        "OpenTelemetry agent",
                        List.of("-javaagent:" + openTelemetryJar),
                        Map.of(
                                "OTEL_TRACES_EXPORTER", "none",
                                "OTEL_METRICS_EXPORTER", "none",
                                "OTEL_LOGS_EXPORTER", "none")));
    }
}
