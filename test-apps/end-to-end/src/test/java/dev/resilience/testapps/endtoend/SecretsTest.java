package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.Jmx;
import dev.resilience.testapps.harness.JvmUnderTest;
import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.SpanCollector;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * An application with a secret wherever applications have them, and a configuration too: none of them comes out on any log,
 * page, answer, bean or span, nor in a key of Redis.
 */
class SecretsTest {

    private static final String SECRET = "S3CR3T";
    private static final String TOKEN = SECRET + "-admin-token";

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void no_secret_is_shown_anywhere() throws Exception {
        try (TemporaryDirectory directory = new TemporaryDirectory("secrets-");
                RedisProcess redis = new RedisProcess(directory.child("redis"));
                SpanCollector collector = new SpanCollector();
                CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.write(
                    directory.path(), """
                    application: secretive
                    redis: {url: "redis://default:%1$s-redis@127.0.0.1:%2$d"}
                    admin: {port: 0, token: "%3$s"}
                    telemetry: {traces: {otlp: "%4$s"}}
                    services:
                      calcom:
                        breaker: {failure_threshold: 4, open_when: either}
                        probe: {http: "http://user:%1$s-probe@127.0.0.1:%5$d/v1/user?token=%1$s-probe", interval: 1s}
                        endpoints:
                          - name: bookings
                            http: {host: 127.0.0.1, port: %5$d, path: /v1/bookings}
                            critical: true
                            fallback: [{queue: {max_attempts: 2, repeatable: true}}, manual_review]
                          - name: all
                            http: {host: 127.0.0.1, port: %5$d}
                            fallback: [stale_cache]
                      database:
                        probe: {sql: SELECT 1, url: "jdbc:h2:mem:secrets", user: sa, password: %1$s-probe, interval: 1s}
                        endpoints: [{name: all, jdbc: {url: "jdbc:h2:*"}, fallback: [stale_cache, queue]}]
                    """.formatted(SECRET, redis.port(), TOKEN, collector.url(), calCom.port()));
            try (JvmUnderTest jvm = Booking.command(directory.path(), config)
                            .main(
                                    Built.tinyApplications() + File.pathSeparator + Built.library("h2.jar"),
                                    "com.example.secretive.SecretiveApplication",
                                    calCom.url().toString(),
                                    "jdbc:h2:mem:secrets;DB_CLOSE_DELAY=-1");
                    Jmx jmx = ready(jvm)) {
                URI admin = Admin.of(jvm).address();
                jvm.type("well");
                jvm.awaitOut("asked");
                calCom.become(Health.ERRORS);
                for (int i = 0; i < 3; i++) {
                    jvm.type("ill");
                }
                await().until(() -> jvm.out().stream().filter("asked"::equals).count() == 4);
                await().untilAsserted(() -> assertThat(collector.spans())
                        .extracting(span -> span.attribute("resilience.service"))
                        .contains("calcom", "database"));
                await().untilAsserted(() -> assertThat(
                                ask(admin, "/api/resilience/queue") + ask(admin, "/api/resilience/reviews"))
                        .contains("bookings"));

                Map<String, String> seen = pages(admin);
                seen.put("standard error", String.join("\n", jvm.err()));
                seen.put("spans", spans(collector));
                for (String bean : jmx.names("dev.resilience")) {
                    seen.put(bean, jmx.attributes(bean).toString());
                }
                String keys = redis.text("EVAL \"return table.concat(redis.call('KEYS', '*'), ' ')\" 0");
                assertThat(keys).contains("circuit_breaker:calcom:ledger", "circuit_breaker:database:ledger");
                seen.put("keys", keys);
                assertThat(seen).hasSizeGreaterThan(30);
                assertThat(seen.get("spans")).contains("api_key=REDACTED", "db.system.name");
                assertThat(seen)
                        .allSatisfy((where, text) -> assertThat(text).as(where).doesNotContain(SECRET));
            }
        }
    }

    private static String spans(SpanCollector collector) {
        return collector.spans().stream()
                .map(received -> received.span().toString())
                .collect(Collectors.joining("\n"));
    }

    private static Jmx ready(JvmUnderTest jvm) throws IOException {
        jvm.awaitOut("ready");
        return jvm.jmx();
    }

    /** Every page and answer that can be read. */
    private Map<String, String> pages(URI admin) throws Exception {
        Map<String, String> pages = new LinkedHashMap<>();
        JsonNode paths =
                new ObjectMapper().readTree(ask(admin, "/api/openapi.json")).path("paths");
        for (Iterator<String> names = paths.fieldNames(); names.hasNext(); ) {
            String path = names.next();
            if (paths.path(path).has("get") && !path.endsWith("/stream")) {
                pages.put(path, ask(admin, path + "?service=calcom"));
                pages.put(path + " of the database", ask(admin, path + "?service=database"));
            }
        }
        pages.put("/", ask(admin, "/"));
        pages.put("/metrics", ask(admin, "/metrics"));
        return pages;
    }

    private String ask(URI admin, String path) throws Exception {
        return http.send(
                        HttpRequest.newBuilder(admin.resolve(path))
                                .header("Authorization", "Bearer " + TOKEN)
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }
}
