package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.resilience.testapps.harness.Jmx;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A dependency with two other regions: who answers when, and where its users and operators see it. */
class FailoverTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Map<String, Integer> statuses = new ConcurrentHashMap<>();
    private final ExecutorService serving = Executors.newCachedThreadPool();
    private TemporaryDirectory directory;
    private HttpServer home;
    private HttpServer eu;
    private HttpServer us;

    @BeforeEach
    void start() throws IOException {
        directory = new TemporaryDirectory("failover-");
        home = region("home");
        eu = region("eu");
        us = region("us");
    }

    @AfterEach
    void end() throws IOException {
        home.stop(0);
        eu.stop(0);
        us.stop(0);
        serving.shutdownNow();
        directory.close();
    }

    @Test
    void regions_answer_in_order_each_with_a_circuit_that_everybody_sees_until_the_first_is_well_again()
            throws Exception {
        var config = Configs.write(
                directory.path(), """
                application: booking
                state_dir: %s
                admin: {port: 0}
                services:
                  calcom:
                    breaker: {failure_threshold: 3, open_when: either, timeout: 2s, half_open_timeout: 10s}
                    endpoints:
                      - name: availability
                        http: {host: 127.0.0.1, port: %d}
                        fallback: [{failover: {url: ["http://127.0.0.1:%d", "http://127.0.0.1:%d/"]}}, {respond: {status: 200, body: nobody}}]
                """.formatted(directory.child("state"), port(home), port(eu), port(us)));
        try (Booking booking = Booking.start(
                Booking.command(directory.path(), config), URI.create("http://127.0.0.1:" + port(home)))) {
            Admin admin = booking.admin();
            String first = "calcom@127.0.0.1-" + port(eu);
            String second = "calcom@127.0.0.1-" + port(us);
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> assertThat(booking.availability().body()).isEqualTo("home"));

            statuses.put("home", 503);
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(booking.availability().body()).isEqualTo("eu");
                assertThat(admin.state("calcom")).isEqualTo("OPEN");
            });
            assertThat(admin.state(first)).isEqualTo("CLOSED");

            statuses.put("eu", 500);
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(booking.availability().body()).isEqualTo("us");
                assertThat(admin.state(first)).isEqualTo("OPEN");
            });
            assertThat(admin.state(second)).isEqualTo("CLOSED");
            assertThat(admin.get("/metrics").body())
                    .contains("resilience_circuit_state{service=\"" + first + "\",state=\"")
                    .contains("resilience_fallbacks_total{")
                    .contains("strategy=\"failover\"");
            try (Jmx jmx = booking.jvm().jmx()) {
                assertThat(jmx.attribute("dev.resilience:type=CircuitBreaker,name=" + second, "State"))
                        .isEqualTo("CLOSED");
            }

            statuses.put("us", 500);
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> assertThat(booking.availability().body()).isEqualTo("nobody"));

            statuses.clear();
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(booking.availability().body()).isEqualTo("home");
                assertThat(admin.state("calcom")).isEqualTo("CLOSED");
            });
        }
    }

    private static int port(HttpServer server) {
        return server.getAddress().getPort();
    }

    private HttpServer region(String name) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                byte[] said = name.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(statuses.getOrDefault(name, 200), said.length);
                exchange.getResponseBody().write(said);
            }
        });
        server.setExecutor(serving);
        server.start();
        return server;
    }
}
