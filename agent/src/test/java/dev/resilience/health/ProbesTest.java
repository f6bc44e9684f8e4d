package dev.resilience.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.ServiceConfig.ProbeConfig;
import dev.resilience.config.ServiceConfig.Reaction;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.embedded.RedisServer;

class ProbesTest {

    private static final Duration INTERVAL = Duration.ofMillis(50);
    private static final Duration TIMEOUT = Duration.ofMillis(500);

    private final List<ProbeResult> results = new CopyOnWriteArrayList<>();
    private final Map<String, Boolean> marked = new ConcurrentHashMap<>();
    private Leases leases = new LocalLeases();
    private SqlProbeConnections connections = (service, config, timeout) -> {
        throw new SQLException("refused, and the password is hunter2", "08001");
    };
    private RedisPing redis = target -> CompletableFuture.failedFuture(new IllegalStateException());
    private Probes probes;

    @AfterEach
    void close() {
        if (probes != null) {
            probes.close();
        }
    }

    @Test
    void who_does_not_probe_shows_what_who_does_found() {
        AtomicLong token = new AtomicLong(1);
        leases = (duty, length) -> CompletableFuture.completedFuture(token.get());
        redis = target -> CompletableFuture.failedFuture(new IllegalStateException());
        AtomicReference<ProbeHistory.Entry> told = new AtomicReference<>(new ProbeHistory.Entry(7_000, true, 3));
        probes = probes(new ProbeListener() {
            @Override
            public void onProbe(ProbeResult result) {
                results.add(result);
            }

            @Override
            public CompletionStage<ProbeHistory.Entry> latest(String service, Duration within) {
                return CompletableFuture.completedFuture(told.get());
            }
        });
        probe("redis", new ProbeConfig.Redis("default", INTERVAL, TIMEOUT));
        await().until(() -> !results.isEmpty());
        token.set(0);
        await().untilAsserted(() -> assertThat(probes.views().get(0).last()).satisfies(last -> {
            assertThat(last.up()).isTrue();
            assertThat(last.atMillis()).isEqualTo(7_000);
        }));
        told.set(null);
        await().untilAsserted(() -> assertThat(probes.views().get(0).last()).isNull());
    }

    @Test
    void http_is_up_below_400_and_down_from_there() throws Exception {
        AtomicInteger status = new AtomicInteger(302);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(status.get(), -1);
            exchange.close();
        });
        server.start();
        try {
            String url = "http://user:hunter2@127.0.0.1:" + server.getAddress().getPort() + "/health?key=hunter2";
            probe("web", new ProbeConfig.Http(url, INTERVAL, TIMEOUT));

            await().until(() -> results.stream().anyMatch(ProbeResult::up));
            status.set(503);
            await().until(() -> results.stream().anyMatch(result -> "status 503".equals(result.failure())));
            assertThat(results.toString()).doesNotContain("hunter2");
            assertThat(probes.views().get(0).kind()).isEqualTo("http");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void http_is_asked_and_judged_as_configured() throws Exception {
        List<String> asked = new CopyOnWriteArrayList<>();
        AtomicInteger status = new AtomicInteger(200);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestMethod() + " "
                    + exchange.getRequestHeaders().getFirst("X-Key"));
            byte[] body = ("{\"status\":\"" + (status.get() == 200 ? "UP" : "DOWN") + "\"}" + " ".repeat(200_000))
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status.get(), body.length);
            try {
                exchange.getResponseBody().write(body);
            } finally {
                exchange.close();
            }
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/health";
            probe(
                    "web",
                    new ProbeConfig.Http(
                            url,
                            "POST",
                            Map.of("X-Key", "k"),
                            List.of(new EndpointConfig.StatusRange(200, 201)),
                            "\"status\":\\s*\"UP\"",
                            INTERVAL,
                            TIMEOUT,
                            Reaction.OBSERVE));

            await().until(() -> results.stream().anyMatch(ProbeResult::up));
            assertThat(asked).contains("POST k");
            status.set(201);
            await().until(() ->
                    results.stream().anyMatch(result -> "the body does not match".equals(result.failure())));
            status.set(204);
            await().until(() -> results.stream().anyMatch(result -> "status 204".equals(result.failure())));
        } finally {
            server.stop(0);
        }
    }

    /** By what the JVM trusts, as the application's own calls do. */
    @Test
    void over_tls_a_certificate_is_trusted_or_the_service_is_down(@TempDir Path folder) throws Exception {
        SSLContext trusting = tls(folder.resolve("keys"));
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(trusting));
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        String url = "https://127.0.0.1:" + server.getAddress().getPort() + "/health";
        SSLContext usual = SSLContext.getDefault();
        try {
            probe("stranger", new ProbeConfig.Http(url, INTERVAL, Duration.ofSeconds(10)));
            await().until(() -> !of("stranger").isEmpty());
            assertThat(of("stranger").get(0).failure()).contains("SSLHandshakeException");

            SSLContext.setDefault(trusting);
            probe("known", new ProbeConfig.Http(url, INTERVAL, Duration.ofSeconds(10)));
            await().until(() -> of("known").stream().anyMatch(ProbeResult::up));
        } finally {
            SSLContext.setDefault(usual);
            server.stop(0);
        }
    }

    /** A context that has a key for this host and trusts it. */
    private static SSLContext tls(Path keys) throws Exception {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "own",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit",
                        "-keystore",
                        keys.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
        KeyStore store = KeyStore.getInstance(keys.toFile(), "changeit".toCharArray());
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(store, "changeit".toCharArray());
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("own", store.getCertificate("own"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    @Test
    void a_second_opinion_is_given_while_another_instance_probes_and_not_kept() {
        leases = (duty, ttl) -> CompletableFuture.completedFuture(0L);
        AtomicInteger up = new AtomicInteger(1);
        redis = target -> up.get() == 1
                ? CompletableFuture.completedFuture("PONG")
                : CompletableFuture.failedFuture(new IllegalStateException("refused"));
        probe("redis", new ProbeConfig.Redis("default", INTERVAL, TIMEOUT));

        assertThat(probes.opinion("redis"))
                .succeedsWithin(Duration.ofSeconds(30))
                .isEqualTo(true);
        up.set(0);
        assertThat(probes.opinion("redis"))
                .succeedsWithin(Duration.ofSeconds(30))
                .isEqualTo(false);
        assertThat(probes.opinion("nobody")).failsWithin(Duration.ofSeconds(30));
        assertThat(results).isEmpty();
    }

    @Test
    void a_server_that_never_answers_is_down_after_the_timeout_and_is_asked_again() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String url = "http://127.0.0.1:" + silent.getLocalPort() + "/";
            probe("web", new ProbeConfig.Http(url, INTERVAL, Duration.ofMillis(100)));

            await().until(() -> results.size() >= 2);
            assertThat(results).allSatisfy(result -> assertThat(result.up()).isFalse());
        }
    }

    @Test
    void sql_keeps_one_connection_of_its_own_and_replaces_it_when_it_breaks() throws Exception {
        List<Connection> opened = new CopyOnWriteArrayList<>();
        connections = (service, config, timeout) -> {
            Connection connection = DriverManager.getConnection(config.url());
            opened.add(connection);
            return connection;
        };
        probe("database", new ProbeConfig.Sql("SELECT 1", "jdbc:h2:mem:probe", "sa", "hunter2", INTERVAL, TIMEOUT));

        // The first may wait for the driver's classes longer than a probe has time.
        await().until(() -> results.stream().filter(ProbeResult::up).count() >= 3);
        int connections = opened.size();
        int seen = results.size();
        await().until(() -> results.size() > seen + 2);
        assertThat(opened).hasSize(connections);
        opened.get(connections - 1).close();
        await().until(() -> opened.size() == connections + 1);
        int after = results.size();
        await().until(() -> results.size() > after + 1);
        assertThat(results.subList(after, results.size()))
                .allSatisfy(result -> assertThat(result.up()).isTrue());
    }

    @Test
    void before_there_is_a_database_to_ask_there_is_no_verdict() {
        AtomicInteger asked = new AtomicInteger();
        CompletableFuture<Connection> first = new CompletableFuture<>();
        connections = (service, config, timeout) -> {
            asked.incrementAndGet();
            if (!first.isDone()) {
                throw new SqlProbeConnections.TooEarly("nothing connected yet");
            }
            return DriverManager.getConnection("jdbc:h2:mem:probe");
        };
        probe("database", new ProbeConfig.Sql("SELECT 1", null, null, null, INTERVAL, Duration.ofSeconds(30)));

        await().until(() -> asked.get() >= 3);
        assertThat(results).isEmpty();
        assertThat(probes.views().get(0).last()).isNull();
        first.complete(null);
        await().until(() -> !results.isEmpty());
        assertThat(results).allMatch(ProbeResult::up);
    }

    /** Both ask in step, as two instances started together do for ever: no luck must be needed. */
    @Test
    void an_instance_that_has_connected_probes_though_one_that_has_not_came_first() {
        AtomicReference<String> holder = new AtomicReference<>();
        AtomicInteger given = new AtomicInteger();
        AtomicInteger askedInVain = new AtomicInteger();
        Duration hours = Duration.ofHours(2);
        leases = new OneHolder("unconnected", holder, given);
        connections = (service, config, timeout) -> {
            askedInVain.incrementAndGet();
            throw new SqlProbeConnections.TooEarly("nothing connected yet");
        };
        probe("database", new ProbeConfig.Sql("SELECT 1", null, null, null, INTERVAL, hours));
        await().until(() -> askedInVain.get() >= 2 && holder.get() == null);
        assertThat(results).isEmpty();

        leases = new OneHolder("connected", holder, given);
        connections = (service, config, timeout) -> DriverManager.getConnection("jdbc:h2:mem:probe");
        try (Probes other = probes()) {
            other.apply(Samples.config(Samples.service(
                    "database", List.of(), new ProbeConfig.Sql("SELECT 1", null, null, null, INTERVAL, hours))));
            await().until(() -> results.stream().filter(ProbeResult::up).count() >= 3);
            assertThat(holder).hasValue("connected");
            assertThat(other.views().get(0).held()).isTrue();
            assertThat(probes.views().get(0).held()).isFalse();
        }
    }

    /** A lease that never runs out by itself, given up as Redis gives one up. */
    private record OneHolder(String who, AtomicReference<String> holder, AtomicInteger given) implements Leases {

        @Override
        public CompletionStage<Long> hold(String duty, Duration ttl) {
            if (!holder.compareAndSet(null, who) && !who.equals(holder.get())) {
                return CompletableFuture.completedFuture(0L);
            }
            if (ttl.toMillis() <= 1) {
                holder.compareAndSet(who, null);
            }
            return CompletableFuture.completedFuture(100L + given.incrementAndGet());
        }
    }

    @Test
    void sql_failures_are_told_by_type_and_sqlstate_never_by_the_drivers_message() {
        probe("database", new ProbeConfig.Sql("SELECT 1", "jdbc:x:y", "sa", "hunter2", INTERVAL, TIMEOUT));

        await().until(() -> !results.isEmpty());
        assertThat(results.get(0).failure()).isEqualTo("SQLException (SQLSTATE 08001)");
        assertThat(probes.views().toString() + results).doesNotContain("hunter2");
    }

    @Test
    void a_driver_that_hangs_holds_one_thread_and_no_other_probe() {
        AtomicInteger waiting = new AtomicInteger();
        CompletableFuture<Void> release = new CompletableFuture<>();
        connections = (service, config, timeout) -> {
            waiting.incrementAndGet();
            release.join();
            throw new SQLException("released");
        };
        redis = target -> CompletableFuture.completedFuture("PONG");
        probes = probes();
        probes.apply(Samples.config(
                Samples.service(
                        "database",
                        List.of(),
                        new ProbeConfig.Sql("SELECT 1", "jdbc:x", null, null, INTERVAL, Duration.ofMillis(60))),
                Samples.service("redis", List.of(), new ProbeConfig.Redis("default", INTERVAL, TIMEOUT))));

        await().until(() -> of("database").size() >= 3 && of("redis").size() >= 3);
        assertThat(waiting).hasValue(1);
        assertThat(of("database")).noneMatch(ProbeResult::up);
        assertThat(of("redis")).allMatch(ProbeResult::up);
        release.complete(null);
    }

    @Test
    void redis_is_up_while_the_server_answers() throws Exception {
        int port = freePort();
        RedisServer server = new RedisServer(port);
        server.start();
        redis = target -> CompletableFuture.supplyAsync(() -> RedisWire.ping(port));
        try {
            probe("redis", new ProbeConfig.Redis("default", INTERVAL, TIMEOUT));
            await().until(() -> results.stream().anyMatch(ProbeResult::up));
        } finally {
            server.stop();
        }
        await().until(() -> !results.get(results.size() - 1).up());
    }

    @Test
    void only_the_holder_of_the_lease_probes() {
        AtomicLong token = new AtomicLong();
        leases = (duty, ttl) -> {
            assertThat(duty).isEqualTo("probe:redis");
            assertThat(ttl).isEqualTo(INTERVAL.multipliedBy(5).dividedBy(4));
            return CompletableFuture.completedFuture(token.get());
        };
        AtomicInteger asked = new AtomicInteger();
        redis = target -> CompletableFuture.completedFuture(asked.incrementAndGet());
        probe("redis", new ProbeConfig.Redis("default", INTERVAL, TIMEOUT));

        await().during(Duration.ofMillis(300)).until(() -> asked.get() == 0);
        assertThat(probes.views().get(0).held()).isFalse();
        token.set(7);
        await().until(() -> !results.isEmpty());
        assertThat(results.get(0).fencing()).isEqualTo(7);
        assertThat(probes.views().get(0).held()).isTrue();
    }

    @Test
    void all_threads_are_marked_named_daemons_and_gone_after_close() throws Exception {
        connections = (service, config, timeout) -> {
            marked.put(Thread.currentThread().getName(), OWN.get());
            return DriverManager.getConnection("jdbc:h2:mem:probe");
        };
        probe("database", new ProbeConfig.Sql("SELECT 1", null, null, null, INTERVAL, TIMEOUT));
        await().until(() -> !results.isEmpty());

        assertThat(marked).allSatisfy((name, mark) -> {
            assertThat(name).startsWith("resilience-probe-");
            assertThat(mark).isTrue();
        });
        assertThat(threads()).isNotEmpty();
        probes.close();
        await().until(() -> threads().isEmpty());
    }

    private static final ThreadLocal<Boolean> OWN = ThreadLocal.withInitial(() -> false);

    private void probe(String service, ProbeConfig config) {
        if (probes == null) {
            probes = probes();
        }
        probes.apply(Samples.config(Samples.service(service, List.of(), config)));
    }

    private Probes probes() {
        return probes(results::add);
    }

    private Probes probes(ProbeListener listener) {
        UnaryOperator<Runnable> asOwnWork = work -> () -> {
            OWN.set(true);
            work.run();
        };
        return new Probes(leases, connections, redis, listener, asOwnWork, System::nanoTime, System::currentTimeMillis);
    }

    private List<ProbeResult> of(String service) {
        return results.stream()
                .filter(result -> result.service().equals(service))
                .toList();
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .filter(Thread::isDaemon)
                .map(Thread::getName)
                .filter(name -> name.startsWith("resilience-probe-"))
                .collect(Collectors.toSet());
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
