package dev.resilience.matrix;

import dev.resilience.CircuitBreakerOpenException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import javax.management.ObjectName;
import jdk.jfr.Recording;
import org.awaitility.Awaitility;

/**
 * The application of {@link EventLoopsTest}: makes the calls that it is told to on standard input, by every client that has
 * event loops, each but the first on the thread that brought the answer before. All that blocks any thread meanwhile is
 * recorded.
 */
final class LoopTour {

    /** Clients whose calls may be made on an event loop. OkHttp's own threads are made to wait; its callers' are not. */
    static final Set<String> CLIENTS = Set.of(
            "java.net.http-async",
            "okhttp-async",
            "apache4-async",
            "apache5-async",
            "webclient",
            "reactor-netty",
            "jetty",
            "vertx",
            "vertx-webclient",
            "asynchttpclient",
            "aws-netty");

    /** What the name of a service ends in whose trials begin a second after it opened. The other stays open. */
    static final String TRIAL = "-trial";

    /** What happens to a call that fails or is rejected, by the last part of its path. */
    static final List<String> FAILING = List.of("queue", "review", "failover", "retry", "declared");

    /** Failures that open a circuit. */
    static final int THRESHOLD = FAILING.size();

    private static final List<String> BLOCKING = List.of(
            "jdk.ThreadSleep",
            "jdk.ThreadPark",
            "jdk.JavaMonitorWait",
            "jdk.SocketRead",
            "jdk.SocketWrite",
            "jdk.FileRead",
            "jdk.FileWrite",
            "jdk.FileForce");

    private final String base;
    private final Map<String, HttpClientConformance> clients = new LinkedHashMap<>(Tour.clients());

    private LoopTour(String base) {
        this.base = base;
        clients.keySet().retainAll(CLIENTS);
    }

    public static void main(String[] arguments) throws Exception {
        LoopTour tour = new LoopTour(arguments[0]);
        // The first recording of a JVM loads and weaves classes of the JDK's.
        try (Recording recording = new Recording();
                BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            BLOCKING.forEach(event ->
                    recording.enable(event).withThreshold(Duration.ZERO).withStackTrace());
            recording.start();
            System.out.println("ready");
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                System.out.println(tour.obeyed(order) + " " + order);
            }
            recording.stop();
            recording.dump(Path.of(arguments[1]));
        }
        Object failures = Class.forName("dev.resilience.bootstrap.Bridge", true, null)
                .getMethod("failures")
                .invoke(null);
        System.out.println("failures inside the gate: " + failures);
        Files.createFile(Path.of(arguments[1] + ".whole"));
        System.exit(0);
    }

    private String obeyed(String order) {
        try {
            obey(order.split(" "));
            return "done";
        } catch (Exception failure) {
            failure.printStackTrace(System.out);
            return "could not";
        }
    }

    /** @param order what to do, and under which name */
    private void obey(String[] order) throws Exception {
        for (Map.Entry<String, HttpClientConformance> client : clients.entrySet()) {
            String name = client.getKey();
            switch (order[0]) {
                case "ask" -> chain(client.getValue(), good(name, order[1]));
                case "fail" -> chain(client.getValue(), failing(name, order[1]));
                case "open" -> chain(client.getValue(), failing(name + TRIAL, order[1]));
                case "await" -> await(name + TRIAL, order[1]);
                case "trial" -> trial(client.getValue(), good(name + TRIAL, order[1]));
                case "try" -> {
                    chain(client.getValue(), good(name + TRIAL, order[1]));
                    chain(client.getValue(), failing(name + TRIAL, order[1]));
                }
                case "stale" -> stale(name, client.getValue(), order[1]);
                default -> throw new IllegalArgumentException(order[0]);
            }
        }
    }

    /** Until a permit was given: on a busy machine Redis may take longer than a call waits for it. */
    private void trial(HttpClientConformance client, Outgoing[] good) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
            Reply reply = chain(client, good);
            return reply != null && reply.header("X-Resilience-Fallback").isEmpty();
        });
    }

    private void stale(String name, HttpClientConformance client, String when) throws Exception {
        Reply reply = chain(client, good(name, when));
        if (reply == null || !reply.header("X-Resilience-Fallback").contains("stale_cache")) {
            throw new IllegalStateException(name + " was answered " + reply);
        }
    }

    private Outgoing[] good(String service, String when) {
        return new Outgoing[] {Outgoing.get(URI.create(base + "/guarded/hello/" + service + "?" + when))};
    }

    private Outgoing[] failing(String service, String when) {
        return FAILING.stream()
                .map(kind ->
                        Outgoing.get(URI.create(base + "/guarded/status/503/" + service + "/" + kind + "?" + when)))
                .toArray(Outgoing[]::new);
    }

    /** @return the last one's reply, null when it was rejected */
    private Reply chain(HttpClientConformance client, Outgoing... calls) throws Exception {
        CompletableFuture<Reply> last = CompletableFuture.completedFuture(null);
        for (Outgoing call : calls) {
            last = last.thenCompose(before -> made(client, call)).exceptionally(LoopTour::rejected);
        }
        return last.get(60, TimeUnit.SECONDS);
    }

    private static Reply rejected(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CircuitBreakerOpenException) {
                return null;
            }
        }
        throw new CompletionException(failure);
    }

    private static CompletableFuture<Reply> made(HttpClientConformance client, Outgoing call) {
        try {
            return client instanceof AsyncHttpClientConformance async
                    ? async.start(call).reply()
                    : CompletableFuture.completedFuture(client.exchange(call));
        } catch (Exception failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private static void await(String service, String state) throws Exception {
        ObjectName circuit = new ObjectName("dev.resilience:type=CircuitBreaker,name=" + service.replace('.', '-'));
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> ManagementFactory.getPlatformMBeanServer()
                        .getAttribute(circuit, "State")
                        .equals(state));
    }
}
