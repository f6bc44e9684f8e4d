package dev.resilience.fallback;

import dev.resilience.config.AgentConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Configurations for tests of this room. */
final class Configs {

    private Configs() {}

    static AgentConfig with(@Nullable String redisUrl) {
        return new AgentConfig(
                "booking",
                "booking-1",
                Path.of("state"),
                redisUrl == null ? null : new AgentConfig.RedisConfig(redisUrl, List.of(), "circuit_breaker", 0),
                Map.of(),
                AgentConfig.Alerts.DEFAULT,
                new AgentConfig.Admin(true, "127.0.0.1", 0, null),
                new AgentConfig.Telemetry(null, null, 1, true),
                Path.of("resilience.yaml"));
    }
}
