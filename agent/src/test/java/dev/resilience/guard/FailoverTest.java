package dev.resilience.guard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.AnswerKeys;
import dev.resilience.fallback.FallbackChain;
import dev.resilience.fallback.FallbackChains;
import dev.resilience.fallback.Request;
import dev.resilience.fallback.Trouble;
import dev.resilience.store.LocalStore;
import dev.resilience.store.Stores;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpRequest;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Other regions, and features that are off, by a real configuration and real servers. */
class FailoverTest {

    private static final Trouble REJECTED = new Trouble(true, 9_000, 0, null);
    private static final Trouble FAILED = new Trouble(false, 0, 503, null);

    @TempDir
    Path directory;

    private final ThreadFactory threads = work -> {
        Thread thread = new Thread(work, "resilience-test");
        thread.setDaemon(true);
        return thread;
    };
    private final ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1, threads);
    private final CircuitRegistry circuits = new CircuitRegistry(new LocalStore(), "one", scheduler);
    private final Stores stores = Stores.of(null, "one", threads, Path.of("target", "state"));
    private final OwnClient client = new OwnClient(threads);
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<String> traces = new CopyOnWriteArrayList<>();
    private final Map<String, Integer> statuses = new LinkedHashMap<>();
    private final List<HttpServer> servers = new ArrayList<>();
    private HttpServer eu;
    private HttpServer us;

    @BeforeEach
    void start() throws IOException {
        eu = region("eu");
        us = region("us");
    }

    @AfterEach
    void stop() {
        servers.forEach(server -> server.stop(0));
        client.close();
        circuits.close();
        stores.close();
        scheduler.shutdownNow();
    }

    @Test
    void the_first_region_that_is_well_answers_the_same_call() {
        Answer.Http answer = ask(chain(), new Http("POST", "/v1/a?x=1", "body"), REJECTED);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(new String(answer.body(), UTF_8)).isEqualTo("eu says POST /base/v1/a?x=1 body mine");
        assertThat(answer.headers())
                .contains(
                        new Answer.Header("X-Resilience-Fallback", "failover"),
                        new Answer.Header("X-Resilience-Service", "calcom"),
                        new Answer.Header("Retry-After", "9"));
        assertThat(asked).containsExactly("eu");
    }

    @Test
    void every_region_is_told_whose_call_it_is() {
        statuses.put("eu", 503);
        String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        ask(chain(), new Http("GET", "/v1/a", ""), new Trouble(false, 0, 503, null, trace));
        assertThat(traces).containsExactly(trace, trace);
    }

    @Test
    void a_region_that_fails_is_passed_over_and_its_own_circuit_opens() {
        FallbackChain chain = chain();
        statuses.put("eu", 503);
        for (int i = 0; i < 4; i++) {
            assertThat(ask(chain, new Http("GET", "/v1/a", ""), FAILED).status())
                    .isEqualTo(200);
        }
        assertThat(asked).containsExactly("eu", "us", "eu", "us", "us", "us");
        assertThat(circuits.find("calcom@127.0.0.1-" + eu.getAddress().getPort())
                        .state())
                .isEqualTo(State.OPEN);
        assertThat(circuits.find("calcom").state()).isEqualTo(State.CLOSED);
        statuses.put("us", 500);
        assertThat(ask(chain, new Http("GET", "/v1/a", ""), FAILED)).isNull();
    }

    @Test
    void a_region_that_is_well_again_is_asked_again_before_the_next() {
        FallbackChain chain = chain(failover(), "100ms");
        statuses.put("eu", 503);
        ask(chain, new Http("GET", "/v1/a", ""), REJECTED);
        ask(chain, new Http("GET", "/v1/a", ""), REJECTED);
        String circuit = "calcom@127.0.0.1-" + eu.getAddress().getPort();
        assertThat(circuits.find(circuit).state()).isNotEqualTo(State.CLOSED);
        statuses.put("eu", 200);
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            ask(chain, new Http("GET", "/v1/a", ""), REJECTED);
            return circuits.find(circuit).state() == State.CLOSED;
        });
        asked.clear();
        ask(chain, new Http("GET", "/v1/a", ""), REJECTED);
        assertThat(asked).containsExactly("eu");
    }

    @Test
    void a_body_that_does_not_end_is_broken_off_while_it_is_read() throws Exception {
        for (String framing : List.of("Transfer-Encoding: chunked", "Content-Length: 999999999999", "X-Until: close")) {
            try (EndlessServer endless = new EndlessServer(framing)) {
                CompletableFuture<?> called = client.call(
                                "GET", endless.uri(), List.of(), new byte[0], Duration.ofMinutes(5))
                        .toCompletableFuture();
                assertThat(called)
                        .as(framing)
                        .failsWithin(Duration.ofSeconds(60))
                        .withThrowableThat()
                        .withMessageContaining("a body of more than 8388608 bytes");
                await().atMost(Duration.ofSeconds(60)).until(endless::brokenOff);
                assertThat(endless.sent()).as(framing).isLessThan(64L << 20);
            }
        }
    }

    @Test
    void a_body_that_stops_in_the_middle_is_given_up_in_time() throws Exception {
        try (EndlessServer stopping = new EndlessServer("Content-Length: 1000", 10)) {
            Duration little = Duration.ofMillis(500);
            assertThat(client.call("GET", stopping.uri(), List.of(), new byte[0], little)
                            .toCompletableFuture())
                    .failsWithin(Duration.ofSeconds(60))
                    .withThrowableThat()
                    .withCauseInstanceOf(HttpTimeoutException.class);
        }
        try (EndlessServer stopping = new EndlessServer("Content-Length: 1000", 10)) {
            HttpRequest request = OwnClient.request(
                            "POST", stopping.uri(), List.of(), new byte[0], Duration.ofMillis(500))
                    .build();
            assertThat(client.send(request)
                            .toCompletableFuture()
                            .get(60, TimeUnit.SECONDS)
                            .statusCode())
                    .isEqualTo(200);
            await().atMost(Duration.ofSeconds(60)).until(stopping::brokenOff);
        }
    }

    @Test
    void a_call_that_may_have_taken_effect_is_not_made_elsewhere() {
        assertThat(ask(chain(), new Http("POST", "/v1/a", "body"), FAILED)).isNull();
        assertThat(ask(chain(), new Http("GET", "/v1/a", null), REJECTED)).isNull();
        assertThat(asked).isEmpty();
    }

    @Test
    void a_call_that_found_no_connection_is_made_elsewhere() {
        for (Exception nothingSent : List.of(
                new ConnectException("Connection refused"),
                new UnknownHostException("api.cal.com"),
                new SocketTimeoutException("Connect timed out"),
                new IOException(new NoRouteToHostException()))) {
            Trouble trouble = new Trouble(false, 0, 0, nothingSent);
            assertThat(ask(chain(), new Http("POST", "/v1/a", "body"), trouble).status())
                    .isEqualTo(200);
        }
        Trouble sent = new Trouble(false, 0, 0, new SocketTimeoutException("Read timed out"));
        assertThat(ask(chain(), new Http("POST", "/v1/a", "body"), sent)).isNull();
    }

    @Test
    void a_call_that_may_have_taken_effect_in_one_region_is_not_made_in_the_next() {
        statuses.put("eu", 503);
        assertThat(ask(chain(), new Http("POST", "/v1/a", "body"), REJECTED)).isNull();
        assertThat(asked).containsExactly("eu");
        assertThat(ask(chain(), new Http("PUT", "/v1/a", "body"), REJECTED).status())
                .isEqualTo(200);
        assertThat(asked).containsExactly("eu", "eu", "us");
    }

    @Test
    void who_holds_a_service_open_does_not_hold_its_regions() {
        FallbackChain chain = chain(failover(), "1h", "forced_open");
        assertThat(circuits.find("calcom").state()).isEqualTo(State.OPEN);
        assertThat(ask(chain, new Http("POST", "/v1/a", "body"), REJECTED).status())
                .isEqualTo(200);
        assertThat(asked).containsExactly("eu");
    }

    @Test
    void a_call_that_found_no_connection_in_one_region_is_made_in_the_next() {
        FallbackChain chain = chain();
        eu.stop(0);
        assertThat(ask(chain, new Http("POST", "/v1/a", "body"), REJECTED).status())
                .isEqualTo(200);
        assertThat(asked).containsExactly("us");
    }

    @Test
    void an_advanced_feature_is_off_with_what_the_rule_declares() {
        FallbackChain chain =
                chain("feature: advanced\n        fallback: [{respond: {status: 200, body: '{\"items\":[]}'}}]");
        Answer.Http answer = ask(chain, new Http("GET", "/v1/a", ""), REJECTED);
        assertThat(answer.strategy()).isEqualTo("feature_off");
        assertThat(new String(answer.body(), UTF_8)).isEqualTo("{\"items\":[]}");
        assertThat(answer.headers())
                .filteredOn(header -> header.name().equals("X-Resilience-Fallback"))
                .containsExactly(new Answer.Header("X-Resilience-Fallback", "feature_off"));
        assertThat(ask(chain, new Http("GET", "/v1/a", ""), FAILED).strategy()).isEqualTo("respond");
    }

    @Test
    void an_advanced_feature_without_a_fallback_says_why_it_is_off() {
        Answer.Http answer = ask(chain("feature: advanced"), new Http("GET", "/v1/a", ""), REJECTED);
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.strategy()).isEqualTo("feature_off");
        assertThat(new String(answer.body(), UTF_8)).contains("\"error\":\"Service temporarily unavailable\"");
    }

    private FallbackChain chain() {
        return chain(failover());
    }

    private String failover() {
        return "fallback: [{failover: {url: [\"http://127.0.0.1:"
                + eu.getAddress().getPort() + "/base/\", \"http://127.0.0.1:"
                + us.getAddress().getPort() + "\"]}}]";
    }

    private FallbackChain chain(String keys) {
        return chain(keys, "1h");
    }

    private FallbackChain chain(String keys, String timeout) {
        return chain(keys, timeout, "enforce");
    }

    private FallbackChain chain(String keys, String timeout, String mode) {
        AgentConfig config =
                GuardUnderTest.config("""
                services:
                  calcom:
                    mode: %s
                    breaker: {failure_threshold: 2, open_when: either, timeout: %s}
                    endpoints:
                      - name: a
                        http: {host: api.cal.com}
                        %s
                """.formatted(mode, timeout, keys.replace("\n        ", "\n" + " ".repeat(8))));
        var service = config.services().get("calcom");
        Map<String, BreakerSettings> settings = new LinkedHashMap<>();
        settings.put("calcom", BreakerSettings.of(service));
        FallbackChains.regionCircuits(service).forEach(name -> settings.put(name, BreakerSettings.ofRegion(service)));
        circuits.apply(settings);
        circuits.start();
        return new FallbackChains(
                        stores.answers(), AnswerKeys.of(config), stores.calls(directory), System::currentTimeMillis)
                .withRegions(circuits, client, System::nanoTime)
                .of(service, service.endpoints().get(0));
    }

    private static Answer.@Nullable Http ask(FallbackChain chain, Request request, Trouble trouble) {
        return (Answer.Http) chain.answer(request, trouble, missed -> {})
                .toCompletableFuture()
                .join();
    }

    private HttpServer region(String name) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.add(name);
            traces.add(String.valueOf(exchange.getRequestHeaders().getFirst("traceparent")));
            try (exchange) {
                String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
                byte[] said = (name + " says " + exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                                + body + " " + exchange.getRequestHeaders().getFirst("X-Mine"))
                        .getBytes(UTF_8);
                exchange.sendResponseHeaders(statuses.getOrDefault(name, 200), said.length);
                exchange.getResponseBody().write(said);
            }
        });
        server.start();
        servers.add(server);
        return server;
    }

    private record Http(
            String method, String path, @Nullable String text) implements Request.Http {

        @Override
        public URI uri() {
            return URI.create("https://api.cal.com" + path);
        }

        @Override
        public List<String> header(String name) {
            return name.equalsIgnoreCase("X-Mine") ? List.of("mine") : List.of();
        }

        @Override
        public List<Answer.Header> headers() {
            return List.of(new Answer.Header("X-Mine", "mine"), new Answer.Header("Host", "api.cal.com"));
        }

        @Override
        public byte @Nullable [] body() {
            return text == null ? null : text.getBytes(UTF_8);
        }
    }
}
