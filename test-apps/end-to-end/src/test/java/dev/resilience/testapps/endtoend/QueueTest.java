package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What was accepted is delivered, whatever is killed meanwhile: the books balance. */
class QueueTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final List<String> delivered = new CopyOnWriteArrayList<>();
    private final Map<String, Set<String>> keys = new ConcurrentHashMap<>();
    private final List<String> notices = new CopyOnWriteArrayList<>();
    private final ExecutorService serving = Executors.newCachedThreadPool();
    private TemporaryDirectory directory;
    private HttpServer calCom;
    private volatile boolean well;

    @BeforeEach
    void start() throws IOException {
        directory = new TemporaryDirectory("queue-");
        calCom = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        calCom.createContext("/v1/bookings", this::book);
        calCom.createContext("/hook", this::hear);
        calCom.setExecutor(serving);
        calCom.start();
    }

    @AfterEach
    void end() throws IOException {
        calCom.stop(0);
        serving.shutdownNow();
        directory.close();
    }

    @Test
    void what_was_accepted_survives_a_kill_and_is_delivered_by_the_next_jvm() throws Exception {
        Path config = config("");
        List<String> accepted = new ArrayList<>();
        try (Booking booking = booking(config)) {
            accept(booking, accepted, "a", 40);
            kill(booking);
        }
        assertThat(delivered).isEmpty();
        well = true;
        try (Booking next = booking(config)) {
            next.admin();
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(delivered).containsAll(accepted));
            assertThat(delivered).doesNotHaveDuplicates();
        }
        // The first sending of those that failed included.
        assertThat(keys).allSatisfy((body, used) -> assertThat(used).hasSize(1).doesNotContain("null"));
    }

    @Test
    void nothing_is_lost_while_redis_and_instances_are_killed_and_redis_comes_back_empty() throws Exception {
        Random random = new Random(9);
        List<String> accepted = new ArrayList<>();
        try (RedisProcess redis = new RedisProcess(directory.child("redis"))) {
            Path config = config("redis: {url: \"" + redis.url() + "\"}\n");
            Booking one = booking(config);
            Booking two = booking(config);
            try {
                accept(one, accepted, "a", 10);
                accept(two, accepted, "b", 10);
                redis.kill();
                accept(one, accepted, "c", 5 + random.nextInt(10));
                kill(one);
                accept(two, accepted, "d", 5 + random.nextInt(10));
                redis.start();
                one.close();
                one = booking(config);
                accept(one, accepted, "e", 5 + random.nextInt(10));
                kill(two);
                redis.kill();
                well = true;
                redis.start();
                two.close();
                two = booking(config);
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(delivered).containsAll(accepted));
            } finally {
                one.close();
                two.close();
            }
        }
        long twice = delivered.size() - Set.copyOf(delivered).size();
        // At least once: only what was under way when something was killed may come twice, and by the same key.
        assertThat(twice).isLessThanOrEqualTo(16);
        assertThat(keys).allSatisfy((body, used) -> assertThat(used).hasSize(1));
    }

    @Test
    void a_booking_that_is_refused_is_for_a_person_and_shown_without_secrets() throws Exception {
        Path config = Configs.write(directory.path(), """
                application: booking
                state_dir: %s
                admin: {port: 0}
                alerts: {webhook: {url: "http://127.0.0.1:%d/hook", secret: hunter2}}
                services:
                  calcom:
                    breaker: {failure_threshold: 2, open_when: either, timeout: 1h}
                    endpoints:
                      - name: create_booking
                        http: {method: POST, host: 127.0.0.1, port: %d, path: /v1/bookings}
                        critical: true
                        fallback: [queue, manual_review]
                """.formatted(
                        directory.child("state"),
                        calCom.getAddress().getPort(),
                        calCom.getAddress().getPort()));
        try (Booking booking = booking(config)) {
            booking.admin();
            for (int i = 0; i < 5; i++) {
                Booking.Answered answered = booking.post("/bookings", "{\"n\":" + i + "}");
                assertThat(answered.status()).isEqualTo(202);
                assertThat(answered.body()).contains("\"status\":\"review\"");
            }
            await().atMost(PATIENCE).until(() -> !notices.isEmpty());
            assertThat(notices.get(0))
                    .startsWith("sha256=")
                    .contains("\"type\":\"manual_review\"", "\"service\":\"calcom\"", "/v1/bookings")
                    .doesNotContain("hunter2");
        }
        assertThat(delivered).isEmpty();
    }

    private Path config(String redis) throws IOException {
        return Configs.write(
                directory.path(),
                redis
                        + """
                application: booking
                state_dir: %s
                admin: {port: 0}
                services:
                  calcom:
                    breaker: {failure_threshold: 2, open_when: either, timeout: 1s, half_open_timeout: 5s}
                    endpoints:
                      - name: create_booking
                        http: {method: POST, host: 127.0.0.1, port: %d, path: /v1/bookings}
                        fallback: [{queue: {repeatable: true, max_attempts: 1000, backoff: 100ms, max_backoff: 1s}}]
                """.formatted(
                                directory.child("state"), calCom.getAddress().getPort()));
    }

    private Booking booking(Path config) {
        return Booking.start(
                Booking.command(directory.path(), config),
                URI.create("http://127.0.0.1:" + calCom.getAddress().getPort()));
    }

    private static void accept(Booking booking, List<String> accepted, String series, int count) {
        for (int i = 0; i < count; i++) {
            String body = "{\"booking\":\"" + series + i + "\"}";
            Booking.Answered answered = booking.post("/bookings", body);
            // Before it protects, and while it is being killed, an instance may refuse: then nobody was promised
            // anything.
            if (answered.status() == 202) {
                accepted.add(body);
            }
        }
        assertThat(accepted.stream()
                        .filter(body -> body.contains("\"" + series))
                        .collect(Collectors.toList()))
                .hasSizeGreaterThan(count / 2);
    }

    /** As the kernel would: nothing is told and nothing written any more. */
    private static void kill(Booking booking) throws InterruptedException {
        ProcessHandle process = ProcessHandle.of(booking.jvm().pid()).orElseThrow();
        process.destroyForcibly();
        await().atMost(PATIENCE).until(() -> !process.isAlive());
    }

    private void hear(HttpExchange exchange) throws IOException {
        try (exchange) {
            notices.add(exchange.getRequestHeaders().getFirst("X-Resilience-Signature") + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(204, -1);
        }
    }

    private void book(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
            keys.computeIfAbsent(body, ignored -> ConcurrentHashMap.newKeySet()).add(String.valueOf(key));
            if (!well) {
                exchange.sendResponseHeaders(503, -1);
                return;
            }
            delivered.add(body);
            exchange.sendResponseHeaders(201, -1);
        }
    }
}
