package dev.resilience.health.alert;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.resilience.breaker.FakeTime;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.AgentConfig.Alerts;
import dev.resilience.config.AgentConfig.Webhook;
import dev.resilience.config.AgentConfig.Webhook.Format;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.Environment;
import dev.resilience.config.ServiceConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** What webhooks hear of calls that came to need a person. */
class ReviewNoticesTest {

    private final FakeTime time = new FakeTime();
    private final List<byte[]> bodies = new ArrayList<>();
    private final List<Map<String, String>> headers = new ArrayList<>();
    private Webhook webhook = new Webhook("http://hook.test/x", Format.JSON, "hunter2", Map.of());
    private int status = 200;
    private Map<String, ServiceConfig> services = Map.of();
    private final List<ReviewNotices.Arrival> untold = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private final ReviewNotices notices = new ReviewNotices(
            this::config,
            new ReviewNotices.Arrivals() {
                @Override
                public CompletionStage<List<ReviewNotices.Arrival>> untold(String service) {
                    List<ReviewNotices.Arrival> some = List.copyOf(untold);
                    untold.clear();
                    return CompletableFuture.completedStage(some);
                }

                @Override
                public void told(String service, List<String> ids) {
                    told.addAll(ids);
                }
            },
            new Webhooks(
                    (url, sent, body) -> {
                        bodies.add(body);
                        headers.add(sent);
                        return CompletableFuture.completedFuture(status);
                    },
                    time,
                    time::unixMillis),
            time,
            time::unixMillis);

    @Test
    void the_first_is_told_at_once_signed_and_with_what_a_person_needs() throws Exception {
        arrive("calcom", 1);
        JsonNode body = body(0);
        assertThat(body.get("type").asText()).isEqualTo("manual_review");
        assertThat(body.get("event").asText()).isEqualTo("arrived");
        assertThat(body.get("application").asText()).isEqualTo("booking");
        assertThat(body.get("service").asText()).isEqualTo("calcom");
        assertThat(body.get("summary").asText())
                .isEqualTo("a call of calcom needs a person: POST https://api.cal.com/v1/bookings (why 1)");
        assertThat(body.get("count").asInt()).isEqualTo(1);
        assertThat(body.at("/reviews/0/id").asText()).isEqualTo("calcom-1");
        assertThat(body.at("/reviews/0/accepted_at").asText()).isEqualTo("2025-10-09T08:53:20Z");
        assertThat(headers.get(0).get("X-Resilience-Signature"))
                .isEqualTo("sha256="
                        + Webhooks.signature("hunter2", headers.get(0).get("X-Resilience-Timestamp"), bodies.get(0)));
    }

    @Test
    void a_thousand_are_two_posts_and_none_goes_uncounted() throws Exception {
        for (int i = 1; i <= 1_000; i++) {
            arrive("calcom", i);
        }
        assertThat(bodies).hasSize(1);
        time.forward(Duration.ofSeconds(10));
        assertThat(bodies).hasSize(2);
        assertThat(body(1).get("count").asInt()).isEqualTo(999);
        assertThat(body(1).get("reviews")).hasSize(20);
        time.forward(Duration.ofHours(1));
        assertThat(bodies).hasSize(2);
        arrive("calcom", 1_001);
        assertThat(bodies).hasSize(3);
    }

    @Test
    void what_no_receiver_took_is_left_to_be_told_by_whoever_asks_next() {
        status = 503;
        arrive("calcom", 1);
        time.forward(Duration.ofMinutes(1));
        assertThat(told).isEmpty();
        status = 200;
        services = calcom();
        notices.start();
        untold.add(arrival("calcom", 1, true, time.unixMillis()));
        untold.add(arrival(
                "calcom", 2, false, time.unixMillis() - Duration.ofDays(2).toMillis()));
        bodies.clear();
        time.forward(Duration.ofSeconds(30));
        assertThat(bodies).hasSize(1);
        assertThat(new String(bodies.get(0), java.nio.charset.StandardCharsets.UTF_8))
                .contains("\"severity\":\"critical\"", "\"critical\":true", "a critical call of calcom");
        assertThat(told).containsExactlyInAnyOrder("calcom-1", "calcom-2");
    }

    @Test
    void services_do_not_wait_for_each_other() {
        arrive("calcom", 1);
        arrive("retell", 1);
        assertThat(bodies).hasSize(2);
    }

    @Test
    void what_a_receiver_does_not_take_is_posted_again() {
        status = 503;
        arrive("calcom", 1);
        status = 200;
        time.forward(Duration.ofSeconds(5));
        assertThat(bodies).hasSize(2);
        assertThat(bodies.get(1)).isEqualTo(bodies.get(0));
    }

    @Test
    void who_asked_for_alerts_alone_hears_nothing() {
        webhook = new Webhook("http://hook.test/x", Format.JSON, null, Map.of(), Set.of(Webhook.Event.ALERTS));
        arrive("calcom", 1);
        time.forward(Duration.ofMinutes(1));
        assertThat(bodies).isEmpty();
    }

    @Test
    void slack_and_alertmanager_are_told_in_their_own_words() throws Exception {
        webhook = new Webhook("http://hook.test/x", Format.SLACK, null, Map.of());
        arrive("calcom", 1);
        assertThat(body(0).get("text").asText()).contains("manual_review in booking", "api.cal.com");
        webhook = new Webhook("http://hook.test/x", Format.ALERTMANAGER, null, Map.of());
        arrive("retell", 1);
        assertThat(body(1).at("/0/labels/alertname").asText()).isEqualTo("manual_review");
        assertThat(body(1).at("/0/labels/service").asText()).isEqualTo("retell");
    }

    private void arrive(String service, int number) {
        notices.arrived(arrival(service, number, false, time.unixMillis()));
    }

    private static ReviewNotices.Arrival arrival(String service, int number, boolean critical, long flaggedMillis) {
        return new ReviewNotices.Arrival(
                service + "-" + number,
                service,
                "create_booking",
                "POST https://api.cal.com/v1/bookings",
                "why " + number,
                0,
                critical,
                1_760_000_000_000L,
                flaggedMillis);
    }

    private static Map<String, ServiceConfig> calcom() {
        String yaml =
                "services: {calcom: {endpoints: [{name: book, http: {host: api.cal.com}, fallback: [manual_review]}]}}";
        ConfigLoad load = new ConfigReader(Environment.ofJvm()).read(yaml, Path.of("resilience.yaml"));
        return ((ConfigLoad.Loaded) load).config().services();
    }

    private JsonNode body(int index) throws Exception {
        return JsonMapper.builder().build().readTree(bodies.get(index));
    }

    private AgentConfig config() {
        return new AgentConfig(
                "booking",
                "booking-1",
                Path.of("state"),
                null,
                services,
                new Alerts(List.of(webhook), Duration.ofMinutes(2), Duration.ofSeconds(1), Duration.ofHours(4)),
                new AgentConfig.Admin(true, "127.0.0.1", 0, null),
                new AgentConfig.Telemetry(null, null, 1, true),
                Path.of("resilience.yaml"));
    }
}
