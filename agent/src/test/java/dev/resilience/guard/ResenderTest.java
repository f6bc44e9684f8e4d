package dev.resilience.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.Backlog;
import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.CallStore.Place;
import dev.resilience.fallback.QueuedCall;
import dev.resilience.fallback.QueuedStatements;
import dev.resilience.store.LocalStore;
import dev.resilience.store.Stores;
import dev.resilience.telemetry.CallTracer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls that were taken in charge, made against a real server on loopback. */
class ResenderTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    record Arrived(
            String body, @Nullable String key, @Nullable String traceparent, Map<String, List<String>> headers) {}

    @TempDir
    Path directory;

    private final List<Arrived> arrived = new CopyOnWriteArrayList<>();
    private final List<URI> changed = new CopyOnWriteArrayList<>();
    private final AtomicInteger atOnce = new AtomicInteger();
    private final AtomicInteger mostAtOnce = new AtomicInteger();
    private volatile ToIntFunction<Arrived> server = request -> 200;
    private final ExecutorService serving = Executors.newCachedThreadPool();
    private final ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1);
    private final ThreadFactory threads = work -> {
        Thread thread = new Thread(
                () -> {
                    ThreadMarks.enter();
                    work.run();
                },
                "resilience-test");
        thread.setDaemon(true);
        return thread;
    };
    private HttpServer http;
    private CircuitRegistry circuits;
    private Stores stores;
    private CallStore calls;
    private Resender resender;
    private OwnClient client;
    private QueuedStatements statements = (call, timeout) -> {
        throw new QueuedStatements.NotYet("there is nothing to run a queued statement on");
    };
    private int number;

    @BeforeEach
    void start() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", this::serve);
        http.setExecutor(serving);
        http.start();
        circuits = new CircuitRegistry(new LocalStore(), "one", scheduler);
        stores = Stores.of(null, "one", threads, Path.of("target", "state"));
        calls = stores.calls(directory);
    }

    @AfterEach
    void stop() {
        resender.close();
        client.close();
        stores.close();
        circuits.close();
        http.stop(0);
        serving.shutdownNow();
        scheduler.shutdownNow();
    }

    private void run(String breaker) {
        run("calcom", breaker, "queue");
    }

    private void run(String name, String breaker, String fallback) {
        client = new OwnClient(threads);
        resender = new Resender(
                calls,
                circuits,
                CallTracer.NONE,
                (call, timeout) -> statements.run(call, timeout),
                client,
                changed::add,
                "one",
                threads,
                System::nanoTime,
                System::currentTimeMillis);
        apply(name, breaker, fallback);
        circuits.start();
    }

    private void apply(String name, String breaker, String fallback) {
        AgentConfig config = GuardUnderTest.config("""
                services:
                  %s:
                    breaker: {%s}
                    endpoints:
                      - name: create_booking
                        http: {host: 127.0.0.1}
                        fallback: [%s]
                """.formatted(name, breaker, fallback));
        circuits.apply(Map.of(name, BreakerSettings.of(config.services().get(name))));
        resender.apply(config);
    }

    @Test
    void what_waits_is_made_once_with_all_that_belongs_to_it() {
        QueuedCall call = add(3, null);
        run("failure_threshold: 5");
        await().atMost(SOON).until(() -> size(Place.QUEUE) == 0);
        assertThat(arrived).singleElement().satisfies(request -> {
            assertThat(request.body()).isEqualTo("1");
            assertThat(request.key()).isEqualTo(call.idempotencyKey());
            assertThat(request.headers().get("X-mine")).containsExactly("1");
        });
    }

    @Test
    void what_was_made_tells_that_its_address_has_changed() {
        server = request -> arrived.size() < 2 ? 503 : 201;
        add(8, null);
        run("failure_threshold: 500");
        await().atMost(SOON).until(() -> !changed.isEmpty());
        assertThat(arrived).hasSize(2);
        assertThat(changed)
                .singleElement()
                .satisfies(address -> assertThat(address.getPath()).isEqualTo("/v1/bookings"));
    }

    @Test
    void what_waits_is_made_though_its_rule_takes_no_more_calls() {
        server = request -> 503;
        run("failure_threshold: 500");
        add(99, null);
        await().atMost(SOON).until(() -> !arrived.isEmpty());
        apply("calcom", "failure_threshold: 500", "respond");
        server = request -> 200;
        await().atMost(SOON).until(() -> size(Place.QUEUE) == 0);
        assertThat(size(Place.REVIEW)).isZero();
    }

    @Test
    void what_waits_is_made_though_its_service_is_gone() {
        server = request -> 503;
        run("failure_threshold: 500");
        add(99, null);
        await().atMost(SOON).until(() -> !arrived.isEmpty());
        server = request -> 200;
        apply("cal", "", "queue");
        await().atMost(SOON).until(() -> size(Place.QUEUE) == 0);
        assertThat(size(Place.REVIEW)).isZero();
    }

    @Test
    void what_waited_before_a_start_is_made_and_shown_though_nothing_is_configured_for_it() {
        add(3, null);
        add(3, null);
        run("cal", "", "respond");
        resender.lookForLeft();
        Backlog shown = new Backlog(calls, () -> List.of("cal"), System::currentTimeMillis);
        assertThat(shown.sizes().toCompletableFuture().join()).containsKeys("cal", "calcom");
        await().atMost(SOON).until(() -> size(Place.QUEUE) == 0);
        assertThat(arrived).hasSize(2);
    }

    @Test
    void what_fails_is_made_again_with_the_same_key_until_it_succeeds() {
        server = request -> arrived.size() < 3 ? 503 : 201;
        add(8, null);
        run("failure_threshold: 50");
        await().atMost(SOON).until(() -> size(Place.QUEUE) == 0);
        assertThat(arrived).hasSize(3);
        assertThat(arrived.stream().map(Arrived::key).distinct()).hasSize(1);
        assertThat(size(Place.REVIEW)).isZero();
    }

    @Test
    void a_backlog_that_goes_well_is_worked_off_without_waiting_for_the_clock() {
        for (int i = 0; i < 1_000; i++) {
            add(8, null);
        }
        run("failure_threshold: 5");
        // At eight a tick, four times a second, it would take longer.
        await().atMost(SOON).until(() -> size(Place.QUEUE) == 0);
        assertThat(arrived).hasSize(1_000);
    }

    @Test
    void what_never_succeeds_goes_to_review_with_its_whole_history() {
        server = request -> 503;
        add(3, null);
        run("failure_threshold: 50");
        await().atMost(SOON).until(() -> size(Place.REVIEW) == 1);
        QueuedCall call = calls.list(Place.REVIEW, "calcom", 0, 1)
                .toCompletableFuture()
                .join()
                .get(0);
        assertThat(call.reason()).isEqualTo("no success in 3 attempts, last: status 503");
        assertThat(call.history())
                .extracting(QueuedCall.Event::what)
                .containsExactly("status 503", "status 503", "status 503", "to review: " + call.reason());
    }

    @Test
    void what_is_refused_for_good_is_not_asked_again() {
        server = request -> 422;
        add(8, null);
        run("failure_threshold: 5");
        await().atMost(SOON).until(() -> size(Place.REVIEW) == 1);
        assertThat(arrived).hasSize(1);
        assertThat(circuits.find("calcom").state()).isEqualTo(State.CLOSED);
    }

    @Test
    void what_becomes_too_old_while_the_circuit_is_open_goes_to_review_then() {
        for (int i = 0; i < 20; i++) {
            QueuedCall old = expiring(call(3, null), System.currentTimeMillis() - 1);
            calls.add(old, 100).toCompletableFuture().join();
        }
        add(3, null);
        run("failure_threshold: 5}\n    mode: forced_open\n    slo: {availability: 99");
        await().atMost(SOON).until(() -> size(Place.REVIEW) == 20);
        assertThat(size(Place.QUEUE)).isEqualTo(1);
        assertThat(calls.list(Place.REVIEW, "calcom", 0, 1)
                        .toCompletableFuture()
                        .join())
                .singleElement()
                .satisfies(call -> assertThat(call.reason()).isEqualTo("expired after 0 attempts"));
        assertThat(arrived).isEmpty();
    }

    private static QueuedCall expiring(QueuedCall call, long at) {
        return new QueuedCall(
                call.id(),
                call.service(),
                call.endpoint(),
                call.call(),
                call.terms(),
                call.order(),
                call.acceptedAt(),
                at,
                call.idempotencyKey(),
                null,
                null,
                0,
                List.of());
    }

    @Test
    void what_is_too_old_is_not_made() {
        QueuedCall call = call(3, null);
        calls.add(
                        new QueuedCall(
                                call.id(),
                                call.service(),
                                call.endpoint(),
                                call.call(),
                                call.terms(),
                                null,
                                1,
                                2,
                                "key",
                                null,
                                null,
                                0,
                                List.of()),
                        10)
                .toCompletableFuture()
                .join();
        run("failure_threshold: 5");
        await().atMost(SOON).until(() -> size(Place.REVIEW) == 1);
        assertThat(arrived).isEmpty();
    }

    @Test
    void nobody_asks_while_the_circuit_is_open_and_one_at_a_time_tries_when_it_is_not() {
        server = request -> 503;
        for (int i = 0; i < 30; i++) {
            add(100, null);
        }
        run("failure_threshold: 3, open_when: either, timeout: 1s, half_open_quota: 3, success_threshold: 2");
        await().atMost(SOON).until(() -> circuits.find("calcom").state() == State.OPEN);
        int until = arrived.size();
        server = request -> circuits.find("calcom").state() == State.OPEN ? 500 : 200;
        mostAtOnce.set(0);
        await().atMost(SOON).until(() -> size(Place.QUEUE) == 0);
        assertThat(until).isLessThanOrEqualTo(4);
        assertThat(circuits.find("calcom").state()).isEqualTo(State.CLOSED);
        assertThat(mostAtOnce.get()).isBetween(1, 8);
    }

    @Test
    void calls_of_one_order_arrive_in_order() {
        server = request -> arrived.size() % 3 == 1 ? 503 : 200;
        for (int i = 0; i < 6; i++) {
            add(100, "customer 7");
        }
        run("failure_threshold: 500");
        await().atMost(SOON).until(() -> size(Place.QUEUE) == 0);
        assertThat(arrived.stream().map(Arrived::body).distinct()).containsExactly("1", "2", "3", "4", "5", "6");
    }

    @Test
    void a_statement_is_run_and_its_own_mistakes_go_to_review() {
        List<String> ran = new CopyOnWriteArrayList<>();
        statements = (call, timeout) -> {
            ran.add(call.sql());
            if (call.sql().equals("bad")) {
                throw new SQLException("duplicate key", "23505");
            }
            if (ran.size() == 1) {
                throw new SQLException("gone", "08006");
            }
        };
        addStatement("good");
        addStatement("bad");
        run("failure_threshold: 50");
        await().atMost(SOON).until(() -> size(Place.QUEUE) == 0);
        assertThat(ran).contains("good", "bad");
        assertThat(calls.list(Place.REVIEW, "calcom", 0, 9)
                        .toCompletableFuture()
                        .join())
                .singleElement()
                .satisfies(call -> assertThat(call.reason()).isEqualTo("refused: SQLException 23505"));
    }

    @Test
    void a_statement_that_nobody_can_run_goes_to_review_when_it_is_too_old() {
        addStatement("unheard", expiring(call(5, null), System.currentTimeMillis() + 1_500));
        AtomicInteger tried = new AtomicInteger();
        statements = (call, timeout) -> {
            tried.incrementAndGet();
            throw new QueuedStatements.NotYet("the application has not connected yet");
        };
        run("failure_threshold: 50");
        await().atMost(SOON).until(() -> size(Place.REVIEW) == 1);
        assertThat(tried.get()).isPositive();
        assertThat(size(Place.QUEUE)).isZero();
    }

    private void addStatement(String sql) {
        addStatement(sql, call(5, null));
    }

    private void addStatement(String sql, QueuedCall call) {
        QueuedCall statement = new QueuedCall(
                call.id(),
                "calcom",
                "create_booking",
                new QueuedCall.Jdbc("jdbc:h2:mem:a", null, null, sql, List.of()),
                call.terms(),
                null,
                call.acceptedAt(),
                call.expiresAt(),
                "key",
                null,
                null,
                0,
                List.of());
        calls.add(statement, 100).toCompletableFuture().join();
    }

    private QueuedCall add(int maxAttempts, @Nullable String order) {
        QueuedCall call = call(maxAttempts, order);
        calls.add(call, 1_000).toCompletableFuture().join();
        return call;
    }

    private QueuedCall call(int maxAttempts, @Nullable String order) {
        number++;
        long now = System.currentTimeMillis();
        return new QueuedCall(
                "calcom." + String.format("%09d", number) + "-x",
                "calcom",
                "create_booking",
                new QueuedCall.Http(
                        "POST",
                        URI.create("http://127.0.0.1:" + http.getAddress().getPort() + "/v1/bookings"),
                        List.of(new Answer.Header("X-Mine", "1")),
                        Integer.toString(number).getBytes(StandardCharsets.UTF_8)),
                new QueuedCall.Terms(maxAttempts, 10, 20),
                order,
                now,
                now + 600_000,
                "key-" + number,
                null,
                null,
                0,
                List.of());
    }

    private long size(Place place) {
        return calls.size(place, "calcom").toCompletableFuture().join();
    }

    private void serve(HttpExchange exchange) throws IOException {
        mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
        try (exchange) {
            Arrived request = new Arrived(
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8),
                    exchange.getRequestHeaders().getFirst("Idempotency-Key"),
                    exchange.getRequestHeaders().getFirst("traceparent"),
                    exchange.getRequestHeaders());
            arrived.add(request);
            exchange.sendResponseHeaders(server.applyAsInt(request), -1);
        } finally {
            atOnce.decrementAndGet();
        }
    }
}
