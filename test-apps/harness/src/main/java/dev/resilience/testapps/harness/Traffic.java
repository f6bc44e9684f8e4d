package dev.resilience.testapps.harness;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends requests at a steady pace to the instances in turn, whether earlier ones were answered or not, as people do. What is
 * on its way is bounded: a caller gives up after {@link #PATIENCE}, and nothing is sent while {@link #MOST_WAITING} wait.
 */
public final class Traffic implements AutoCloseable {

    /** How long a caller waits before giving up. */
    public static final Duration PATIENCE = Duration.ofSeconds(10);

    static final int MOST_WAITING = 2_000;

    private static final HttpClient SINGLE = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();

    private final List<URI> instances;
    private final List<Request> requests;
    private final long paceNanos;
    private final ConcurrentLinkedQueue<Sample> samples = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();
    private final Thread sender;
    private volatile boolean stopped;

    /** What to ask, in turn. @param body posted when not empty; {@code {n}} in it is the request's number */
    public record Request(String kind, String path, String body) {}

    /**
     * One request from its caller's point of view.
     *
     * @param body as it was posted, or empty
     * @param sentNanos and {@code doneNanos}: this JVM's monotonic clock
     * @param status 0 when the caller got no answer at all
     */
    public record Sample(String kind, String body, int instance, long sentNanos, long doneNanos, int status) {

        public boolean answered() {
            return 200 <= status && status < 300;
        }

        public long waitedNanos() {
            return doneNanos - sentNanos;
        }
    }

    /** Starts at once. */
    public Traffic(List<URI> instances, List<Request> requests, int perSecond) {
        this.instances = List.copyOf(instances);
        this.requests = List.copyOf(requests);
        this.paceNanos = 1_000_000_000L / perSecond;
        this.sender = new Thread(this::send, "traffic");
        sender.setDaemon(true);
        sender.start();
    }

    /** All that is over, in the order of its end. */
    public List<Sample> samples() {
        return new ArrayList<>(samples);
    }

    /** Callers that wait at this moment. */
    public int waiting() {
        return waiting.get();
    }

    /** Sends nothing more, and waits until each caller was answered or gave up. */
    public void finish() {
        stopped = true;
        try {
            sender.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos() + 5_000_000_000L;
        while (waiting.get() > 0
                && System.nanoTime() < deadline
                && !Thread.currentThread().isInterrupted()) {
            Pause.of(20);
        }
    }

    @Override
    public void close() {
        stopped = true;
    }

    private void send() {
        long due = System.nanoTime();
        for (int number = 0; !stopped; number++) {
            if (waiting.get() < MOST_WAITING) {
                send(number);
            }
            due += paceNanos;
            Pause.of(Math.max(0, (due - System.nanoTime()) / 1_000_000));
        }
    }

    private void send(int number) {
        Request template = requests.get(number % requests.size());
        Request request =
                new Request(template.kind(), template.path(), template.body().replace("{n}", Integer.toString(number)));
        int instance = number % instances.size();
        long sent = System.nanoTime();
        waiting.incrementAndGet();
        client.sendAsync(http(instances.get(instance), request), BodyHandlers.discarding())
                .whenComplete((response, failure) -> {
                    int status = failure == null ? response.statusCode() : 0;
                    samples.add(new Sample(request.kind(), request.body(), instance, sent, System.nanoTime(), status));
                    waiting.decrementAndGet();
                });
    }

    private static HttpRequest http(URI door, Request request) {
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(door.resolve(request.path())).timeout(PATIENCE);
        if (!request.body().isEmpty()) {
            builder.POST(BodyPublishers.ofString(request.body()));
        }
        return builder.build();
    }

    /** Sends one request and waits for its answer: the status, 0 when there was none. */
    public static int ask(URI door, Request request) {
        try {
            return SINGLE.send(http(door, request), BodyHandlers.discarding()).statusCode();
        } catch (IOException nothing) {
            return 0;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    /** One request of a test's own, and its answer as {@code "<status> <body>"}. */
    public static String get(URI uri) throws IOException {
        try {
            var response = SINGLE.send(
                    HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());
            return response.statusCode() + " " + response.body();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", stopped);
        }
    }
}
