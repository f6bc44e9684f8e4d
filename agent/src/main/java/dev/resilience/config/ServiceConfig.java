package dev.resilience.config;

import java.time.Duration;
import java.util.List;
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

    /** What is probed, and how often. */
    public sealed interface ProbeConfig {

        Duration interval();

        Duration timeout();

        /** Whether its verdict counts as a trial call while the circuit is half-open. */
        boolean trial();

        /** Answers below 400 are up. */
        record Http(String url, Duration interval, Duration timeout, boolean trial) implements ProbeConfig {

            public Http(String url, Duration interval, Duration timeout) {
                this(url, interval, timeout, false);
            }

            @Override
            public String toString() {
                return "Http[" + Credentials.hidden(url) + ", " + interval + ", " + timeout + "]";
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
                boolean trial)
                implements ProbeConfig {

            public Sql(
                    String sql,
                    @Nullable String url,
                    @Nullable String user,
                    @Nullable String password,
                    Duration interval,
                    Duration timeout) {
                this(sql, url, user, password, interval, timeout, false);
            }

            @Override
            public String toString() {
                return "Sql[" + sql + ", " + interval + ", " + timeout + "]";
            }
        }

        /** @param target {@code default} for the agent's own Redis, else a Redis URL */
        record Redis(String target, Duration interval, Duration timeout, boolean trial) implements ProbeConfig {

            public Redis(String target, Duration interval, Duration timeout) {
                this(target, interval, timeout, false);
            }

            @Override
            public String toString() {
                return "Redis[" + Credentials.hidden(target) + ", " + interval + ", " + timeout + "]";
            }
        }
    }
}
