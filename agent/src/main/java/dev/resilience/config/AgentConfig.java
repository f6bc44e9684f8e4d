package dev.resilience.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    /** Files beside the one that was read which hold declared answers. */
    public Set<Path> answerFiles() {
        Set<Path> files = new LinkedHashSet<>();
        for (ServiceConfig service : services.values()) {
            for (EndpointConfig endpoint : service.endpoints()) {
                for (EndpointConfig.Fallback link : endpoint.fallback()) {
                    if (link instanceof EndpointConfig.Fallback.Respond respond) {
                        addFile(files, respond.usual());
                        for (EndpointConfig.Fallback.Case one : respond.cases()) {
                            addFile(files, one.answer());
                        }
                    }
                }
            }
        }
        return files;
    }

    private static void addFile(Set<Path> files, EndpointConfig.Fallback.Declared answer) {
        Path file = answer.file();
        if (file != null) {
            files.add(file);
        }
    }

    /**
     * @param url as written, credentials included: never log it, use {@link #display()}
     * @param nodes seed addresses of a Redis Cluster; empty unless it is one
     * @param waitReplicas how many replicas are waited for, in bounded time, before a call counts as taken in charge
     */
    public record RedisConfig(@Nullable String url, List<String> nodes, String keyPrefix, int waitReplicas) {

        /** Whether the other leads to the same data, if with other credentials. */
        public boolean isSameStore(RedisConfig other) {
            return places().equals(other.places())
                    && keyPrefix.equals(other.keyPrefix)
                    && waitReplicas == other.waitReplicas;
        }

        private List<String> places() {
            List<String> places = new ArrayList<>();
            places.add(place(url == null ? "" : url));
            for (String node : nodes) {
                places.add(place(node));
            }
            return places;
        }

        private static String place(String address) {
            return Credentials.hidden(address).replace("//***@", "//");
        }

        /** The address without its credentials. */
        public String display() {
            return Credentials.hidden(url == null ? String.join(",", nodes) : url);
        }

        @Override
        public String toString() {
            return "RedisConfig[" + display() + ", " + keyPrefix + "]";
        }
    }

    /**
     * When alerts are raised, and where they go besides the log, JMX and the admin port.
     *
     * @param serviceDownAfter how long a circuit may be away from CLOSED before somebody is told
     * @param highLatency p99 over five minutes that somebody is told of
     * @param repeat how long an alert may go on before it is told again
     */
    public record Alerts(List<Webhook> webhooks, Duration serviceDownAfter, Duration highLatency, Duration repeat) {

        /** As with nothing configured: nothing is posted. */
        public static final Alerts DEFAULT =
                new Alerts(List.of(), Duration.ofMinutes(2), Duration.ofSeconds(1), Duration.ofHours(4));

        /** Those that are to hear of such events. */
        public List<Webhook> webhooks(Webhook.Event event) {
            List<Webhook> wanted = new ArrayList<>();
            for (Webhook webhook : webhooks) {
                if (webhook.events().contains(event)) {
                    wanted.add(webhook);
                }
            }
            return wanted;
        }
    }

    /**
     * Where alerts are posted.
     *
     * @param url never to be shown: it is often a secret itself
     * @param secret what bodies are signed with, null for unsigned ones
     * @param headers sent along, perhaps secret
     * @param events what it is to hear of
     */
    public record Webhook(
            String url, Format format, @Nullable String secret, Map<String, String> headers, Set<Event> events) {

        public Webhook(String url, Format format, @Nullable String secret, Map<String, String> headers) {
            this(url, format, secret, headers, Set.of(Event.values()));
        }

        /** What receivers may hear of. */
        public enum Event {
            ALERTS,
            REVIEWS
        }

        /** What the receiver understands. */
        public enum Format {
            JSON,
            SLACK,
            ALERTMANAGER
        }

        @Override
        public String toString() {
            return "Webhook[" + format + ", ***]";
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

    /**
     * @param otlp base address of an OTLP collector, null for no traces
     * @param otlpProtocol {@code grpc} or {@code http/protobuf}; null: by the port
     * @param sample share of the traces begun here that are told
     * @param metricsOtlp base address of an OTLP collector for metrics, null for none
     * @param metricsProtocol as for traces
     * @param metricsInterval how often metrics go there
     */
    public record Telemetry(
            @Nullable String otlp,
            @Nullable String otlpProtocol,
            double sample,
            boolean prometheus,
            @Nullable String metricsOtlp,
            @Nullable String metricsProtocol,
            Duration metricsInterval) {

        /** How often metrics go to a collector where nothing else is said: as OpenTelemetry's own SDKs do. */
        static final Duration METRICS_INTERVAL = Duration.ofSeconds(60);

        public Telemetry(@Nullable String otlp, @Nullable String otlpProtocol, double sample, boolean prometheus) {
            this(otlp, otlpProtocol, sample, prometheus, null, null, METRICS_INTERVAL);
        }

        @Override
        public String toString() {
            return "Telemetry[" + (otlp == null ? "no traces" : Credentials.hidden(otlp)) + ", sample " + sample
                    + ", prometheus " + prometheus
                    + (metricsOtlp == null
                            ? ""
                            : ", metrics " + Credentials.hidden(metricsOtlp) + " each " + metricsInterval)
                    + "]";
        }
    }

    /** The goals that a service is measured against. @param availability percent */
    public record Slo(double availability, Duration latencyP99, Duration recoveryTime) {}
}
