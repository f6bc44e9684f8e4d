package dev.resilience.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One dependency and its breaker. Immutable; every key inherited from {@code defaults} is filled in. */
public record ServiceConfig(
        String name,
        Breaker breaker,
        Mode mode,
        @Nullable Integer maxConcurrent,
        Set<FallbackOn> fallbackOn,
        Duration cacheTtl,
        AgentConfig.Slo slo,
        @Nullable ProbeConfig probe,
        List<String> dependsOn,
        boolean fallbackOnDependencyOpen,
        boolean perHost,
        List<EndpointConfig> endpoints) {

    /** Which outcomes go to the fallback chain. */
    public enum FallbackOn {
        REJECTED,
        FAILED
    }

    /** How thresholds combine. */
    public enum OpenWhen {
        BOTH,
        EITHER
    }

    /**
     * @param failureRate share of failed calls in the window, 0 to 1
     * @param minimumCalls no verdict on a rate before so many calls in the window
     * @param slowCalls null when slowness opens nothing
     * @param minInstances so many instances must have seen failures before the fleet opens
     * @param timeoutGrowth factor on the next OPEN time after each failed recovery; 1 for none
     * @param maxTimeout bound of a grown OPEN time and of a {@code Retry-After}; null when not set: ten minutes for the one,
     *     ten times {@code timeout} for the other
     * @param rampUp how long the share let through rises after closing; null for all at once
     */
    public record Breaker(
            int failureThreshold,
            double failureRate,
            OpenWhen openWhen,
            Duration window,
            Duration timeout,
            int halfOpenQuota,
            int successThreshold,
            Duration halfOpenTimeout,
            int minimumCalls,
            @Nullable SlowCalls slowCalls,
            int minInstances,
            double timeoutGrowth,
            @Nullable Duration maxTimeout,
            @Nullable Duration rampUp) {}

    /** @param rate share of slow calls in the window that opens, 0 to 1 */
    public record SlowCalls(Duration longerThan, double rate) {}

    /**
     * What a probe's answer does besides being shown.
     *
     * @param trial counts as a trial call in HALF_OPEN
     * @param opens a failure that another instance confirms holds the circuit open
     */
    public record Reaction(boolean trial, boolean opens) {

        /** It is shown, and no more. */
        public static final Reaction OBSERVE = new Reaction(false, false);
    }

    /** What is probed, and how often. */
    public sealed interface ProbeConfig {

        Duration interval();

        Duration timeout();

        Reaction reaction();

        /** Whether its verdict counts as a trial call while the circuit is half-open. */
        default boolean trial() {
            return reaction().trial();
        }

        /**
         * @param headers sent along, perhaps secret
         * @param statuses those of an answer that is up
         * @param body pattern that an answer must hold somewhere in its first 64 kB, null for any
         */
        record Http(
                String url,
                String method,
                Map<String, String> headers,
                List<EndpointConfig.StatusRange> statuses,
                @Nullable String body,
                Duration interval,
                Duration timeout,
                Reaction reaction)
                implements ProbeConfig {

            /** A plain GET; answers below 400 are up. */
            public Http(String url, Duration interval, Duration timeout) {
                this(
                        url,
                        "GET",
                        Map.of(),
                        List.of(new EndpointConfig.StatusRange(100, 399)),
                        null,
                        interval,
                        timeout,
                        Reaction.OBSERVE);
            }

            @Override
            public String toString() {
                return "Http[" + method + " " + Credentials.hidden(url) + ", " + interval + ", " + timeout + "]";
            }
        }

        /** @param url null to use the application's last connection that matched a rule of the service */
        record Sql(
                String sql,
                @Nullable String url,
                @Nullable String user,
                @Nullable String password,
                Duration interval,
                Duration timeout,
                Reaction reaction)
                implements ProbeConfig {

            public Sql(
                    String sql,
                    @Nullable String url,
                    @Nullable String user,
                    @Nullable String password,
                    Duration interval,
                    Duration timeout) {
                this(sql, url, user, password, interval, timeout, Reaction.OBSERVE);
            }

            @Override
            public String toString() {
                return "Sql[" + sql + ", " + interval + ", " + timeout + "]";
            }
        }

        /** @param target {@code default} for the agent's own Redis, else a Redis URL */
        record Redis(String target, Duration interval, Duration timeout, Reaction reaction) implements ProbeConfig {

            public Redis(String target, Duration interval, Duration timeout) {
                this(target, interval, timeout, Reaction.OBSERVE);
            }

            @Override
            public String toString() {
                return "Redis[" + Credentials.hidden(target) + ", " + interval + ", " + timeout + "]";
            }
        }
    }
}
