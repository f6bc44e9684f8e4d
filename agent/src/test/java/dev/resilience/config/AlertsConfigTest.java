package dev.resilience.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.AgentConfig.Alerts;
import dev.resilience.config.AgentConfig.Webhook.Event;
import dev.resilience.config.AgentConfig.Webhook.Format;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AlertsConfigTest {

    private static final String SERVICES = "services: {calcom: {endpoints: [{name: x, http: {host: a}}]}}\n";

    @Test
    void nothing_configured_is_the_default() {
        assertThat(Yaml.config(SERVICES).alerts()).isEqualTo(Alerts.DEFAULT);
    }

    @Test
    void one_webhook_needs_its_address_only() {
        Alerts alerts = Yaml.config(SERVICES + "alerts:\n  webhook: {url: https://hooks.example.com/x}\n")
                .alerts();
        assertThat(alerts.webhooks()).hasSize(1);
        assertThat(alerts.webhooks().get(0).url()).isEqualTo("https://hooks.example.com/x");
        assertThat(alerts.webhooks().get(0).format()).isEqualTo(Format.JSON);
        assertThat(alerts.webhooks().get(0).secret()).isNull();
        assertThat(alerts.toString()).doesNotContain("hooks.example.com");
    }

    @Test
    void several_webhooks_have_their_own_format_secret_and_headers() {
        Alerts alerts = Yaml.config(SERVICES + """
                alerts:
                  webhook:
                    - {url: "http://a/x", format: slack}
                    - {url: "http://b/x", format: alertmanager, secret: hunter2, headers: {X-Key: k}, events: reviews}
                  service_down_after: 30s
                  high_latency: 250ms
                  repeat: 1h
                """).alerts();
        assertThat(alerts.webhooks())
                .extracting(each -> each.format())
                .containsExactly(Format.SLACK, Format.ALERTMANAGER);
        assertThat(alerts.webhooks().get(1).headers()).containsEntry("X-Key", "k");
        assertThat(alerts.webhooks(Event.ALERTS))
                .containsExactly(alerts.webhooks().get(0));
        assertThat(alerts.webhooks(Event.REVIEWS)).isEqualTo(alerts.webhooks());
        assertThat(alerts.serviceDownAfter()).isEqualTo(Duration.ofSeconds(30));
        assertThat(alerts.highLatency()).isEqualTo(Duration.ofMillis(250));
        assertThat(alerts.repeat()).isEqualTo(Duration.ofHours(1));
        assertThat(alerts.toString()).doesNotContain("hunter2");
    }

    @Test
    void what_is_wrong_is_said_with_its_place() {
        assertThat(Yaml.problems(SERVICES + "alerts:\n  webhook: {format: smoke}\n"))
                .anySatisfy(line -> assertThat(line).contains("3:", "url"))
                .anySatisfy(line -> assertThat(line).contains("slack"));
    }
}
