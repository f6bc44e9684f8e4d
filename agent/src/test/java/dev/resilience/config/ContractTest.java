package dev.resilience.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.EndpointConfig.Fallback;
import dev.resilience.config.EndpointConfig.Match;
import dev.resilience.config.ServiceConfig.ProbeConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The file of the documentation: every key, its default, and what is inherited from where. */
class ContractTest {

    /** The documented file in full, comments taken as keys. */
    static final String DOCUMENTED = """
            application: booking
            instance: booking-7
            state_dir: /var/lib/resilience
            redis:
              url: redis://127.0.0.1:6379
              key_prefix: circuit_breaker
              wait_replicas: 1
            defaults:
              breaker:
                failure_threshold: 5
                failure_rate: 0.5
                open_when: both
                window: 60s
                timeout: 60s
                half_open_quota: 3
                success_threshold: 2
                half_open_timeout: 300s
                minimum_calls: 10
                slow_calls: {longer_than: 2s, rate: 0.8}
                timeout_growth: 2.0
              max_concurrent: 100
              mode: enforce
              failures:
                status: [500-599]
                exceptions: [java.io.IOException, java.util.concurrent.TimeoutException, java.sql.SQLException]
                ignore: {status: [501], exceptions: [com.example.Expected]}
              fallback_on: [rejected, failed]
              cache_ttl: 300s
              degradation_message: System experiencing issues. We are working to restore service.
              slo: {availability: 99.9, latency_p99: 1000ms, recovery_time: 300s}
            services:
              calcom:
                breaker: {timeout: 30s}
                probe: {http: https://api.cal.com/v1/user, interval: 30s, timeout: 5s}
                endpoints:
                  - name: fetch_availability
                    http: {method: GET, host: api.cal.com, path: /v1/availability/**}
                    fallback: [{stale_cache: {ttl: 300s}}, respond]
                  - name: create_booking
                    http: {method: POST, host: api.cal.com, path: /v1/bookings}
                    critical: true
                    fallback: [respond]
              retell:
                depends_on: [calcom]
                on_dependency_open: call
                endpoints:
                  - name: recommend
                    http: {host: "*.retellai.com", path: /v2/recommend}
                    feature: basic
                    fallback: [{respond: {status: 200, body: '{"items":[]}'}}]
              database:
                probe: {sql: SELECT 1, interval: 10s, timeout: 3s}
                endpoints:
                  - name: staff
                    jdbc: {url: "jdbc:postgresql://*/booking*", sql: "select * from staff*"}
                    fallback: [stale_cache]
                  - name: everything_else
                    jdbc: {url: "jdbc:postgresql://*/booking*"}
              redis: {probe: {redis: default, interval: 10s, timeout: 2s}}
              webhooks: {depends_on: [database]}
              appointments: {depends_on: [calcom, retell]}
            admin: {bind: 127.0.0.1, port: 9797, token: "${RESILIENCE_TOKEN:}"}
            telemetry:
              traces: {otlp: http://127.0.0.1:4318}
              metrics: {prometheus: true}
            """;

    @Test
    void the_documented_file_is_read_in_full() {
        AgentConfig config = Yaml.config(DOCUMENTED);

        assertThat(config.application()).isEqualTo("booking");
        assertThat(config.instance()).isEqualTo("booking-7");
        assertThat(config.stateDir()).isEqualTo(Path.of("/var/lib/resilience"));
        assertThat(config.redis()).isNotNull();
        assertThat(config.redis().url()).isEqualTo("redis://127.0.0.1:6379");
        assertThat(config.services())
                .containsOnlyKeys("calcom", "retell", "database", "redis", "webhooks", "appointments");
        assertThat(config.admin().port()).isEqualTo(9797);
        assertThat(config.admin().token()).isNull();
        assertThat(config.telemetry().otlp()).isEqualTo("http://127.0.0.1:4318");

        ServiceConfig calcom = config.services().get("calcom");
        assertThat(calcom.breaker().timeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(calcom.breaker().minimumCalls()).isEqualTo(10);
        assertThat(calcom.breaker().slowCalls()).isEqualTo(new ServiceConfig.SlowCalls(Duration.ofSeconds(2), 0.8));
        assertThat(calcom.maxConcurrent()).isEqualTo(100);
        assertThat(calcom.probe())
                .isInstanceOfSatisfying(
                        ProbeConfig.Http.class,
                        probe -> assertThat(probe.timeout()).isEqualTo(Duration.ofSeconds(5)));
        EndpointConfig fetch = calcom.endpoints().get(0);
        assertThat(fetch.match())
                .isEqualTo(new Match.Http(Set.of("GET"), null, "api.cal.com", null, "/v1/availability/**"));
        assertThat(fetch.fallback())
                .containsExactly(
                        new Fallback.StaleCache(Duration.ofSeconds(300)),
                        new Fallback.Respond(503, Map.of(), null, null));
        assertThat(fetch.failures().ignoredExceptions()).containsExactly("com.example.Expected");
        assertThat(calcom.endpoints().get(1).critical()).isTrue();

        ServiceConfig database = config.services().get("database");
        assertThat(database.endpoints().get(0).match())
                .isEqualTo(new Match.Jdbc("jdbc:postgresql://*/booking*", "select * from staff*"));
        assertThat(config.services().get("redis").probe()).isInstanceOf(ProbeConfig.Redis.class);
        assertThat(config.services().get("appointments").dependsOn()).containsExactly("calcom", "retell");
        assertThat(config.services().get("appointments").endpoints()).isEmpty();
    }

    @Test
    void what_is_left_out_has_the_documented_defaults() {
        AgentConfig config = Yaml.config("services: {a: {}}");

        ServiceConfig service = config.services().get("a");
        assertThat(service.breaker())
                .isEqualTo(new ServiceConfig.Breaker(
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
                        1.0,
                        null,
                        null));
        assertThat(service.mode()).isEqualTo(Mode.ENFORCE);
        assertThat(service.maxConcurrent()).isNull();
        assertThat(service.fallbackOn())
                .containsExactlyInAnyOrder(ServiceConfig.FallbackOn.REJECTED, ServiceConfig.FallbackOn.FAILED);
        assertThat(service.cacheTtl()).isEqualTo(Duration.ofSeconds(300));
        assertThat(service.slo())
                .isEqualTo(new AgentConfig.Slo(99.9, Duration.ofMillis(1000), Duration.ofSeconds(300)));
        assertThat(config.redis()).isNull();
        assertThat(config.admin().enabled()).isTrue();
        assertThat(config.admin().bind()).isEqualTo("127.0.0.1");
        assertThat(config.admin().port()).isEqualTo(9797);
        assertThat(config.telemetry().prometheus()).isTrue();
        assertThat(config.telemetry().otlp()).isNull();
        assertThat(config.telemetry().metricsOtlp()).isNull();
        assertThat(config.telemetry().metricsInterval()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void metrics_go_to_a_collector_of_their_own_at_their_own_pace() {
        AgentConfig config = Yaml.config("""
                telemetry:
                  metrics: {prometheus: false, otlp: "http://alice:s3cret@collector:4318", interval: 15s}
                """);
        assertThat(config.telemetry().metricsOtlp()).isEqualTo("http://alice:s3cret@collector:4318");
        assertThat(config.telemetry().metricsInterval()).isEqualTo(Duration.ofSeconds(15));
        assertThat(config.telemetry().otlp()).isNull();
        assertThat(config.telemetry().toString()).contains("collector").doesNotContain("s3cret");
    }

    @Test
    void each_key_is_taken_from_the_nearest_place_that_has_it() {
        AgentConfig config = Yaml.config("""
                defaults:
                  breaker: {failure_threshold: 7, timeout: 10s}
                  failures: {status: [429], exceptions: [a.B]}
                  degradation_message: far
                  cache_ttl: 10m
                  slo: {availability: 99}
                services:
                  near:
                    breaker: {timeout: 20s}
                    failures: {status: 500-502}
                    endpoints:
                      - name: one
                        http: {host: h}
                        failures: {ignore: {status: 404}}
                        degradation_message: here
                        fallback: stale_cache
                      - name: two
                        http: {host: h2}
                  far: {}
                """);

        ServiceConfig near = config.services().get("near");
        assertThat(near.breaker().failureThreshold()).isEqualTo(7);
        assertThat(near.breaker().timeout()).isEqualTo(Duration.ofSeconds(20));
        assertThat(near.breaker().window()).isEqualTo(Duration.ofSeconds(60));
        assertThat(near.slo().availability()).isEqualTo(99);
        assertThat(near.slo().latencyP99()).isEqualTo(Duration.ofSeconds(1));
        EndpointConfig one = near.endpoints().get(0);
        assertThat(one.degradationMessage()).isEqualTo("here");
        assertThat(one.failures().status()).containsExactly(new EndpointConfig.StatusRange(500, 502));
        assertThat(one.failures().exceptions()).containsExactly("a.B");
        assertThat(one.failures().ignoredStatus()).containsExactly(new EndpointConfig.StatusRange(404, 404));
        assertThat(one.fallback()).containsExactly(new Fallback.StaleCache(Duration.ofMinutes(10)));
        assertThat(near.endpoints().get(1).degradationMessage()).isEqualTo("far");
        assertThat(near.endpoints().get(1).failures().ignoredStatus()).isEmpty();
        assertThat(config.services().get("far").breaker().timeout()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void a_longest_open_time_counts_only_where_it_is_given_and_is_never_shorter_than_the_plain_one() {
        String yaml = "services: {a: {breaker: {timeout: 30s, max_timeout: %s}}}";

        assertThat(Yaml.service(yaml.formatted("2m")).breaker().maxTimeout()).hasMinutes(2);
        assertThat(Yaml.service(yaml.formatted("10s")).breaker().maxTimeout()).hasSeconds(30);
    }

    @Test
    void one_item_needs_no_brackets_and_statuses_may_be_ranges() {
        ServiceConfig service = Yaml.service("""
                services:
                  a:
                    fallback_on: rejected
                    failures: {status: [429, 500-503]}
                    endpoints:
                      - {name: x, http: {method: [get, Post], host: h}, fallback: respond}
                """);

        assertThat(service.fallbackOn()).containsExactly(ServiceConfig.FallbackOn.REJECTED);
        assertThat(service.endpoints().get(0).failures().status())
                .isEqualTo(List.of(new EndpointConfig.StatusRange(429, 429), new EndpointConfig.StatusRange(500, 503)));
        assertThat(((Match.Http) service.endpoints().get(0).match()).methods())
                .containsExactlyInAnyOrder("GET", "POST");
    }

    @Test
    void redis_without_an_address_left_by_an_empty_variable_is_none() {
        assertThat(Yaml.config("redis: {url: \"${REDIS_URL:}\"}\nservices: {a: {}}")
                        .redis())
                .isNull();
    }

    @Test
    void secrets_are_in_no_text_of_a_configuration() {
        AgentConfig config = Yaml.config("""
                redis: {url: "redis://user:hunter2@127.0.0.1:6379"}
                services:
                  db: {probe: {sql: SELECT 1, url: "jdbc:postgresql://h/d?password=hunter2", user: u, password: hunter2}}
                  web: {probe: {http: "https://user:hunter2@h/health?token=hunter2"}}
                admin: {token: hunter2}
                """);

        assertThat(config.toString()).doesNotContain("hunter2");
        assertThat(config.redis().display()).doesNotContain("hunter2").contains("127.0.0.1:6379");
    }
}
