package dev.resilience.testapps.harness;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands in for cal.com on loopback, and breaks on demand. It keeps the time of each request that reached it. Thread-safe.
 *
 * <p>An outage is one of {@link Health}'s kinds. A request that is left hanging was accepted and read, and gets no byte
 * until the stand-in is well again or closed: its connection is then cut.
 */
public final class CalComStandIn implements AutoCloseable {

    /** How it answers. */
    public enum Health {
        /** Answers at once. */
        WELL,
        /** Every other request is answered 503 at once, every other one is accepted and never answered. */
        FAILING,
        /** Every request is answered 503 at once. */
        ERRORS,
        /** Every request is accepted and never answered. */
        HANGING
    }

    private final HttpServer server;
    private final ExecutorService threads;
    private final AtomicInteger count = new AtomicInteger();
    private final ConcurrentLinkedQueue<Arrival> arrivals = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<HttpExchange> hanging = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Held> held = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> booked = new ConcurrentLinkedQueue<>();
    private volatile Health health = Health.WELL;
    private volatile boolean holding;

    /** @param nanos on this JVM's monotonic clock, when the request was read */
    public record Arrival(long nanos, String path, Health met) {}

    private record Held(HttpExchange exchange, byte[] body) {}

    public CalComStandIn() throws IOException {
        this(0);
    }

    /** @param port 0 for any free one */
    public CalComStandIn(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        threads = Executors.newFixedThreadPool(16, runnable -> {
            Thread thread = new Thread(runnable, "cal.com");
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.createContext("/control/", this::control);
        server.start();
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + port());
    }

    public int port() {
        return server.getAddress().getPort();
    }

    public Health health() {
        return health;
    }

    public void become(Health next) {
        health = next;
        if (next == Health.WELL) {
            for (HttpExchange exchange = hanging.poll(); exchange != null; exchange = hanging.poll()) {
                exchange.close();
            }
        }
    }

    /** From now on every request waits for {@link #release()}. */
    public void hold() {
        holding = true;
    }

    /** What is held stays so; what comes is answered at once. */
    public void holdNoMore() {
        holding = false;
    }

    /** Answers all that was held, and what comes at once. */
    public void release() throws IOException {
        holdNoMore();
        for (Held one = held.poll(); one != null; one = held.poll()) {
            answer(one.exchange, one.body, health, 0);
        }
    }

    /** Requests that wait for {@link #release()}. */
    public int held() {
        return held.size();
    }

    /** All requests that reached it, in order. */
    public List<Arrival> arrivals() {
        return new ArrayList<>(arrivals);
    }

    /** All bookings that it took, as they were posted, in order. */
    public List<String> booked() {
        return new ArrayList<>(booked);
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        Health now = health;
        int number = count.getAndIncrement();
        String path = exchange.getRequestURI().getPath();
        arrivals.add(new Arrival(System.nanoTime(), path, now));
        if (holding) {
            held.add(new Held(exchange, body));
        } else {
            answer(exchange, body, now, number);
        }
    }

    private void answer(HttpExchange exchange, byte[] body, Health now, int number) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (now == Health.HANGING || (now == Health.FAILING && number % 2 == 1)) {
            hanging.add(exchange);
            return;
        }
        try (exchange) {
            if (now != Health.WELL) {
                reply(exchange, 503, "{\"error\":\"cal.com is down\"}");
            } else if (path.startsWith("/v1/availability/")) {
                reply(
                        exchange,
                        200,
                        "{\"day\":\"" + path.substring("/v1/availability/".length())
                                + "\",\"free\":[\"09:00\",\"10:30\",\"15:00\"]}");
            } else if (path.equals("/v1/bookings")) {
                booked.add(new String(body, StandardCharsets.UTF_8));
                reply(exchange, 201, "{\"status\":\"booked\",\"bytes\":" + body.length + "}");
            } else {
                reply(exchange, 200, "{\"ok\":true}");
            }
        }
    }

    /** {@code POST /control/failing} and so on: for a person with curl. */
    private void control(HttpExchange exchange) throws IOException {
        try (exchange) {
            String wanted = exchange.getRequestURI().getPath().substring("/control/".length());
            for (Health candidate : Health.values()) {
                if (candidate.name().equalsIgnoreCase(wanted)) {
                    become(candidate);
                    reply(exchange, 200, "cal.com is now " + wanted + "\n");
                    return;
                }
            }
            reply(exchange, 404, "one of: well, failing, errors, hanging\n");
        }
    }

    private static void reply(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        become(Health.WELL);
        server.stop(0);
        threads.shutdownNow();
    }
}
