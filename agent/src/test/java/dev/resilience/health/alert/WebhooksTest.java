package dev.resilience.health.alert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpServer;
import dev.resilience.breaker.FakeTime;
import dev.resilience.config.AgentConfig.Webhook;
import dev.resilience.config.AgentConfig.Webhook.Format;
import dev.resilience.health.alert.Finding.Kind;
import dev.resilience.health.alert.Finding.Severity;
import dev.resilience.health.alert.Notice.Event;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class WebhooksTest {

    private static final Alert FIRING = new Alert(
            new Finding(
                    Kind.SERVICE_DOWN,
                    "calcom",
                    Severity.CRITICAL,
                    "The circuit of 'calcom' <is> open",
                    130_000,
                    120_000),
            1_760_000_000_000L,
            null);
    private static final Alert OVER = new Alert(FIRING.finding(), FIRING.sinceMillis(), 1_760_000_060_000L);

    private final FakeTime time = new FakeTime();
    private final List<byte[]> bodies = new ArrayList<>();
    private int status = 200;
    private final Webhooks webhooks = new Webhooks(
            (url, headers, body) -> {
                bodies.add(body);
                return status == 0
                        ? CompletableFuture.failedFuture(new java.net.ConnectException("http://secret"))
                        : CompletableFuture.completedFuture(status);
            },
            time,
            time::unixMillis);

    @Test
    void json_says_what_where_and_since_when() throws Exception {
        JsonNode raised = body(Format.JSON, FIRING, Event.RAISED);
        assertThat(raised.get("id").asText()).isEqualTo("booking/service_down:calcom");
        assertThat(raised.get("event").asText()).isEqualTo("raised");
        assertThat(raised.get("type").asText()).isEqualTo("service_down");
        assertThat(raised.get("severity").asText()).isEqualTo("critical");
        assertThat(raised.get("service").asText()).isEqualTo("calcom");
        assertThat(raised.get("since").asText()).isEqualTo("2025-10-09T08:53:20Z");
        assertThat(raised.get("resolved_at").isNull()).isTrue();
        assertThat(body(Format.JSON, OVER, Event.RESOLVED).get("resolved_at").asText())
                .isEqualTo("2025-10-09T08:54:20Z");
    }

    @Test
    void slack_gets_text_that_is_not_taken_for_markup() throws Exception {
        JsonNode body = body(Format.SLACK, FIRING, Event.RAISED);
        assertThat(body.get("text").asText()).contains("service_down in booking", "&lt;is&gt; open");
        assertThat(body.at("/blocks/0/text/text").asText()).contains(":red_circle:");
    }

    @Test
    void alertmanager_gets_a_list_with_stable_labels_and_an_end() throws Exception {
        JsonNode firing = body(Format.ALERTMANAGER, FIRING, Event.RAISED).get(0);
        JsonNode over = body(Format.ALERTMANAGER, OVER, Event.RESOLVED).get(0);
        assertThat(firing.get("labels")).isEqualTo(over.get("labels"));
        assertThat(firing.at("/labels/alertname").asText()).isEqualTo("service_down");
        assertThat(firing.at("/labels/severity").asText()).isEqualTo("critical");
        assertThat(over.get("endsAt").asText()).isEqualTo("2025-10-09T08:54:20Z");
    }

    @Test
    void what_is_not_taken_is_posted_again() {
        status = 503;
        CompletableFuture<?> told = tell(Format.JSON);
        time.forward(Duration.ofSeconds(2));
        status = 0;
        time.forward(Duration.ofSeconds(20));
        assertThat(told).isNotDone();
        status = 204;
        time.forward(Duration.ofMinutes(1));

        assertThat(told).isDone();
        int posts = bodies.size();
        assertThat(posts).isGreaterThan(4);
        time.forward(Duration.ofHours(1));
        assertThat(bodies).hasSize(posts);
    }

    @Test
    void a_receiver_that_was_away_does_not_hear_that_an_alert_is_raised_after_it_was_resolved() {
        status = 503;
        CompletableFuture<?> raised = tell(Format.JSON);
        CompletableFuture<?> resolved = tell(Format.JSON, OVER, Event.RESOLVED);
        time.forward(Duration.ofSeconds(10));
        assertThat(raised).as("a successor would have to tell it").isNotDone();
        status = 200;
        int failed = bodies.size();
        time.forward(Duration.ofHours(1));

        assertThat(raised).isDone();
        assertThat(resolved).isDone();
        assertThat(bodies.subList(failed, bodies.size()))
                .singleElement()
                .satisfies(body ->
                        assertThat(new String(body, StandardCharsets.UTF_8)).contains("\"resolved\""));
    }

    @Test
    void what_is_refused_for_good_is_given_up() {
        status = 404;
        assertThat(tell(Format.JSON)).isDone();
        assertThat(bodies).hasSize(1);
    }

    @Test
    void attempts_end() {
        status = 500;
        CompletableFuture<?> told = tell(Format.JSON);
        time.forward(Duration.ofHours(3));
        assertThat(told).isDone();
        assertThat(bodies).hasSize(12);
    }

    @Test
    void the_wire_carries_a_signature_over_time_and_body() throws Exception {
        List<Map<String, String>> seen = new CopyOnWriteArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            seen.add(Map.of(
                    "body", new String(body, StandardCharsets.UTF_8),
                    "time", exchange.getRequestHeaders().getFirst("X-Resilience-Timestamp"),
                    "signature", exchange.getRequestHeaders().getFirst("X-Resilience-Signature"),
                    "key", exchange.getRequestHeaders().getFirst("X-Key")));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/hook";
            new Webhooks(Runnable::run, time, time::unixMillis)
                    .tell(
                            List.of(new Webhook(url, Format.JSON, "hunter2", Map.of("X-Key", "k"))),
                            "booking",
                            new Notice(FIRING, Event.RAISED));
            await().until(() -> !seen.isEmpty());
            Map<String, String> post = seen.get(0);
            byte[] body = post.get("body").getBytes(StandardCharsets.UTF_8);
            assertThat(post.get("signature"))
                    .isEqualTo("sha256=" + Webhooks.signature("hunter2", post.get("time"), body));
            assertThat(post.get("key")).isEqualTo("k");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void the_signature_is_what_any_hmac_tool_computes() {
        // printf '%s' '1700000000.{}' | openssl dgst -sha256 -hmac secret
        assertThat(Webhooks.signature("secret", "1700000000", "{}".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(OPENSSL);
    }

    private CompletableFuture<?> tell(Format format) {
        return tell(format, FIRING, Event.RAISED);
    }

    private CompletableFuture<?> tell(Format format, Alert alert, Event event) {
        return webhooks.tell(
                        List.of(new Webhook("http://hook.test/x", format, null, Map.of())),
                        "booking",
                        new Notice(alert, event))
                .toCompletableFuture();
    }

    private static JsonNode body(Format format, Alert alert, Event event) throws Exception {
        byte[] body = WebhookBody.of(format, "booking", new Notice(alert, event), 1_760_000_000_000L);
        return JsonMapper.builder().build().readTree(body);
    }

    private static final String OPENSSL = "b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163";
}
