package dev.resilience.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One whole configuration, validated, with defaults filled in and inherited. Immutable.
 *
 * @param application name of the application, the same in all its instances
 * @param instance name of this JVM, unique in the fleet
 * @param stateDir where state outlives the JVM while Redis is absent or away
 * @param redis the shared store, null for state that stays inside this JVM
 * @param services in file order, by name
 * @param file the file it was read from
 */
public record AgentConfig(
        String application,
        String instance,
        Path stateDir,
        @Nullable RedisConfig redis,
        Map<String, ServiceConfig> services,
        Alerts alerts,
        Admin admin,
        Telemetry telemetry,
        Path file) {

    /**
     * @param url as written, credentials included: never log it, use {@link #display()}
     * @param nodes seed addresses of a Redis Cluster; empty unless it is one
     */
    public record RedisConfig(@Nullable String url, List<String> nodes, String keyPrefix) {

        /** The address without its credentials. */
        public String display() {
            return Credentials.hidden(url == null ? String.join(",", nodes) : url);
        }

        @Override
        public String toString() {
            return "RedisConfig[" + display() + ", " + keyPrefix + "]";
        }
    }

    /** @param webhook where alerts are posted, null for nowhere */
    public record Alerts(@Nullable String webhook) {

        @Override
        public String toString() {
            return "Alerts[" + (webhook == null ? "nowhere" : "webhook ***") + "]";
        }
    }

    /**
     * @param port 0 for any free one
     * @param token null when none is set: loopback only
     * @param readToken opens what changes nothing; null when there is none
     */
    public record Admin(
            boolean enabled,
            String bind,
            int port,
            @Nullable String token,
            @Nullable String readToken) {

        public Admin(boolean enabled, String bind, int port, @Nullable String token) {
            this(enabled, bind, port, token, null);
        }

        @Override
        public String toString() {
            return "Admin[" + (enabled ? bind + ":" + port : "off") + (token == null ? "" : ", token ***") + "]";
        }
    }

    /** @param otlp base address of an OTLP/HTTP collector, null for no traces */
    public record Telemetry(@Nullable String otlp, boolean prometheus) {

        @Override
        public String toString() {
            return "Telemetry[" + (otlp == null ? "no traces" : Credentials.hidden(otlp)) + ", prometheus " + prometheus
                    + "]";
        }
    }

    /** The goals that a service is measured against. @param availability percent */
    public record Slo(double availability, Duration latencyP99, Duration recoveryTime) {}
}
