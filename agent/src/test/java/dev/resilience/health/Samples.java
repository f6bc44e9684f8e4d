package dev.resilience.health;

import dev.resilience.config.AgentConfig;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.Mode;
import dev.resilience.config.ServiceConfig;
import dev.resilience.config.ServiceConfig.ProbeConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Configurations for tests of the surfaces. */
public final class Samples {

    private Samples() {}

    /** Four services in a chain and a side branch, as in the README's example. */
    public static AgentConfig chain() {
        return config(
                service("calcom", List.of(), null),
                service("retell", List.of("calcom"), null),
                service("appointments", List.of("retell"), null),
                service("database", List.of(), null));
    }

    public static AgentConfig config(ServiceConfig... services) {
        Map<String, ServiceConfig> byName = new LinkedHashMap<>();
        for (ServiceConfig service : services) {
            byName.put(service.name(), service);
        }
        return new AgentConfig(
                "booking",
                "booking-1",
                Path.of("state"),
                null,
                byName,
                AgentConfig.Alerts.DEFAULT,
                new AgentConfig.Admin(true, "127.0.0.1", 0, null),
                new AgentConfig.Telemetry(null, null, 1, true),
                Path.of("resilience.yaml"));
    }

    public static ServiceConfig service(String name, List<String> dependsOn, ProbeConfig probe) {
        return service(name, dependsOn, probe, false, false);
    }

    public static ServiceConfig perHost(String name) {
        return service(name, List.of(), null, true, false);
    }

    /** One whose calls go to the fallback chain while a dependency is OPEN. */
    public static ServiceConfig leaning(String name, String dependency) {
        return service(name, List.of(dependency), null, false, true);
    }

    private static ServiceConfig service(
            String name, List<String> dependsOn, ProbeConfig probe, boolean perHost, boolean fallbackOnDependencyOpen) {
        return new ServiceConfig(
                name,
                new ServiceConfig.Breaker(
                        5,
                        0.5,
                        ServiceConfig.OpenWhen.BOTH,
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        3,
                        2,
                        Duration.ofSeconds(300),
                        5,
                        null,
                        1,
                        1,
                        Duration.ofMinutes(10),
                        null),
                Mode.ENFORCE,
                null,
                Set.of(ServiceConfig.FallbackOn.REJECTED, ServiceConfig.FallbackOn.FAILED),
                Duration.ofSeconds(300),
                new AgentConfig.Slo(99.9, Duration.ofSeconds(1), Duration.ofSeconds(300)),
                probe,
                dependsOn,
                fallbackOnDependencyOpen,
                perHost,
                name.equals("appointments") ? List.of() : List.of(endpoint(name + "_call")));
    }

    private static EndpointConfig endpoint(String name) {
        return new EndpointConfig(
                name,
                new EndpointConfig.Match.Http(Set.of("GET"), null, "example.test", null, "/**"),
                false,
                false,
                new EndpointConfig.Failures(List.of(), List.of(), List.of(), List.of(), true),
                null,
                null,
                "We are working to restore service.",
                List.of(new EndpointConfig.Fallback.StaleCache(Duration.ofSeconds(300))));
    }
}
