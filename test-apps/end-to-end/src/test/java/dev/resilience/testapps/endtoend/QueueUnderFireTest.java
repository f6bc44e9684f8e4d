package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.resilience.testapps.harness.JvmUnderTest;
import dev.resilience.testapps.harness.Pause;
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
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * JVMs and Redis are killed at random moments while bookings are accepted and delivered, and at the end the books balance:
 * whatever an application was told is taken in charge has been delivered, what came twice came by the same key, and what one
 * instance accepted for one room came in the order of acceptance. Half of the callers book rooms, which is an order.
 *
 * <p>A minute by default; {@code -Dfire.seconds=14400} goes on for as long as wanted, {@code -Dfire.seed} repeats the order
 * of what is done (not its exact moments). {@code -Dfire.other.jar} names the jar of another version, for every instance but
 * the first: they share one Redis and one directory.
 */
class QueueUnderFireTest {

    private static final int SECONDS = Integer.getInteger("fire.seconds", 45);
    private static final long SEED = Long.getLong("fire.seed", System.nanoTime());
    private static final String OTHER_JAR = System.getProperty("fire.other.jar");
    private static final int INSTANCES = 2;
    private static final int CALLERS = 4;

    /** Those below book a room of their own, in turn with another. */
    private static final int ORDERLY_CALLERS = 2;

    private static final int ROOMS_OF_A_CALLER = 2;
    private static final int CALLERS_PAUSE_MILLIS = 25;

    /** An instance makes no more queued calls of a service at once. */
    private static final int MOST_ON_THEIR_WAY = 8;

    private static final Duration PATIENCE = Duration.ofSeconds(180);

    private final Random random = new Random(SEED);
    /** When each was delivered, milliseconds since the first blow could fall. */
    private final Map<String, List<Long>> deliveries = new ConcurrentHashMap<>();

    /** The place of each booking's first delivery among all. */
    private final Map<String, Long> places = new ConcurrentHashMap<>();

    private final AtomicLong lastPlace = new AtomicLong();

    /** What was accepted for a room, and by which process, in the order of acceptance. */
    private final Map<String, List<AcceptedBy>> rooms = new ConcurrentHashMap<>();

    /** What each process said last of how many calls it made that may have been made before. */
    private final Map<Long, Long> redeliveries = new ConcurrentHashMap<>();

    /** @param atMillis since the first blow could fall */
    private record AcceptedBy(long process, String booking, long atMillis) {}

    private final long begun = System.nanoTime();
    private final Map<String, Set<String>> keys = new ConcurrentHashMap<>();
    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final Set<String> answered = ConcurrentHashMap.newKeySet();
    private final Set<String> sent = ConcurrentHashMap.newKeySet();
    private final AtomicReferenceArray<Booking> fleet = new AtomicReferenceArray<>(INSTANCES);
    private final List<String> done = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private TemporaryDirectory directory;
    private HttpServer calCom;
    private volatile boolean well;
    private volatile boolean over;

    @BeforeEach
    void start() throws IOException {
        directory = new TemporaryDirectory("fire-");
        calCom = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        calCom.createContext("/v1/bookings", this::book);
        calCom.setExecutor(threads);
        calCom.start();
    }

    @AfterEach
    void end() throws IOException {
        over = true;
        for (int i = 0; i < INSTANCES; i++) {
            if (fleet.get(i) != null) {
                fleet.get(i).close();
            }
        }
        calCom.stop(0);
        threads.shutdownNow();
        directory.close();
    }

    @Test
    void what_was_accepted_is_delivered_whatever_is_killed_and_whenever() throws Exception {
        try (RedisProcess redis = new RedisProcess(directory.child("redis"))) {
            Path config = config(redis);
            for (int i = 0; i < INSTANCES; i++) {
                fleet.set(i, booking(i, config));
            }
            for (int i = 0; i < CALLERS; i++) {
                int caller = i;
                threads.execute(() -> call(caller));
            }
            threads.execute(this::listen);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            while (System.nanoTime() < end) {
                Pause.of(500 + random.nextInt(2_500));
                strike(redis, config);
                // Broken for most of the time, and mended while there is a backlog.
                well = random.nextInt(3) == 0;
            }
            over = true;
            well = true;
            for (int i = 0; i < INSTANCES; i++) {
                if (!fleet.get(i).jvm().alive()) {
                    restart(i, config);
                }
            }
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(200))
                    .untilAsserted(() -> assertThat(lost()).as(story()).isEmpty());
            Admin admin = fleet.get(0).admin();
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(admin.json("/api/resilience/queue")
                                    .path("total")
                                    .asInt())
                            .isZero());
            for (int i = 0; i < INSTANCES; i++) {
                hear(fleet.get(i));
            }
            assertThat(admin.json("/api/resilience/reviews").path("total").asInt())
                    .as(story())
                    .isZero();
        }
        balance();
    }

    private void balance() {
        List<String> twice = deliveries.entrySet().stream()
                .filter(entry -> entry.getValue().size() > 1)
                .map(entry -> entry.getKey() + " at " + entry.getValue())
                .toList();
        List<String> overtaken = rooms.values().stream()
                .flatMap(inOrder -> overtakings(inOrder).stream())
                .toList();
        System.out.println("under fire for " + SECONDS + " s, seed " + SEED + ": " + sent.size() + " bookings sent, "
                + answered.size() + " answered by cal.com itself, " + accepted.size() + " taken in charge, "
                + lost().size() + " of these lost, " + twice.size() + " delivered more than once; "
                + rooms.values().stream().mapToInt(List::size).sum() + " in the order of " + rooms.size() + " rooms, "
                + overtaken.size() + " before one that another instance had accepted earlier; the instances counted "
                + counted() + " that may have been made before; " + done.size() + " blows: " + done + "; twice: "
                + twice.stream().limit(20).toList() + "; overtaken: "
                + overtaken.stream().limit(20).toList());
        assertThat(accepted).as(story()).hasSizeGreaterThan(SECONDS);
        assertThat(deliveries.keySet())
                .as("nothing is delivered that nobody sent")
                .isSubsetOf(sent);
        assertThat(answered).as("who was told 201 was booked").isSubsetOf(deliveries.keySet());
        // A first attempt of the application's own has no key; whatever the agent makes again has one, always the same.
        assertThat(keys)
                .allSatisfy((booking, used) -> assertThat(used).as(booking).hasSize(1));
        rooms.forEach((room, inOrder) -> assertInOrder(room, inOrder));
        // At least once, and hardly ever twice: only what was on its way when its instance was killed.
        int kills = (int) done.stream().filter(blow -> blow.contains("booking")).count();
        assertThat(twice.size()).as(story()).isLessThanOrEqualTo(MOST_ON_THEIR_WAY * kills);
    }

    /** Apart from the blows, so that they fall as they would; what was counted since is lost with a process. */
    private void listen() {
        while (!over) {
            for (int i = 0; i < INSTANCES && !over; i++) {
                hear(fleet.get(i));
            }
            Pause.of(200);
        }
    }

    private long counted() {
        return redeliveries.values().stream().mapToLong(Long::longValue).sum();
    }

    private void hear(Booking instance) {
        try {
            long sum = 0;
            for (String line : instance.admin().get("/metrics").body().split("\n")) {
                if (line.startsWith("resilience_queue_redeliveries_total{")) {
                    sum += (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
                }
            }
            redeliveries.put(instance.jvm().pid(), sum);
        } catch (IOException | AssertionError | IllegalStateException gone) {
            // It keeps what it said before.
        }
    }

    private void assertInOrder(String room, List<AcceptedBy> inOrder) {
        Map<Long, List<AcceptedBy>> byProcess =
                inOrder.stream().collect(Collectors.groupingBy(AcceptedBy::process, TreeMap::new, Collectors.toList()));
        byProcess.forEach((process, its) -> {
            for (int i = 1; i < its.size(); i++) {
                AcceptedBy before = its.get(i - 1);
                AcceptedBy after = its.get(i);
                assertThat(places.get(after.booking()))
                        .as("room %s, accepted by %d: %s after %s; %s", room, process, after, before, story())
                        .isGreaterThan(places.get(before.booking()));
            }
        });
    }

    /** Between instances the order holds while Redis is there and keeps what it has. */
    private List<String> overtakings(List<AcceptedBy> inOrder) {
        List<String> found = new ArrayList<>();
        for (int i = 1; i < inOrder.size(); i++) {
            AcceptedBy before = inOrder.get(i - 1);
            AcceptedBy after = inOrder.get(i);
            if (places.get(after.booking()) < places.get(before.booking())) {
                found.add(after + " delivered at " + deliveries.get(after.booking()) + " before " + before
                        + " delivered at " + deliveries.get(before.booking()));
            }
        }
        return found;
    }

    private Collection<String> lost() {
        return accepted.stream()
                .filter(booking -> !deliveries.containsKey(booking))
                .toList();
    }

    private String story() {
        return "seed " + SEED + ", " + done;
    }

    private void strike(RedisProcess redis, Path config) throws Exception {
        switch (random.nextInt(5)) {
            case 0, 1 -> {
                int victim = random.nextInt(INSTANCES);
                blow("kill booking-" + victim);
                kill(fleet.get(victim));
                restart(victim, config);
            }
            case 2 -> {
                blow("kill redis");
                redis.kill();
                Pause.of(random.nextInt(2_500));
                redis.start();
            }
            case 3 -> {
                int victim = random.nextInt(INSTANCES);
                blow("kill redis and booking-" + victim);
                redis.kill();
                Pause.of(random.nextInt(500));
                kill(fleet.get(victim));
                redis.start();
                restart(victim, config);
            }
            default -> {
                blow("pause redis");
                redis.pause();
                Pause.of(random.nextInt(2_500));
                redis.resume();
            }
        }
    }

    private void blow(String what) {
        done.add(what + " at " + millis());
    }

    private long millis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    }

    /** As the kernel would: nothing is told and nothing written any more. */
    private static void kill(Booking booking) {
        ProcessHandle process = ProcessHandle.of(booking.jvm().pid()).orElseThrow();
        process.destroyForcibly();
        await().atMost(PATIENCE).until(() -> !process.isAlive());
    }

    private void restart(int index, Path config) {
        fleet.get(index).close();
        fleet.set(index, booking(index, config));
    }

    private void call(int caller) {
        for (int number = 0; !over; number++) {
            String booking = "{\"booking\":\"" + caller + "-" + number + "\"}";
            sent.add(booking);
            String room = caller < ORDERLY_CALLERS ? caller + "-" + number % ROOMS_OF_A_CALLER : null;
            Booking instance = fleet.get((caller + number / ROOMS_OF_A_CALLER) % INSTANCES);
            int status = instance.post("/bookings" + (room == null ? "" : "?room=" + room), booking)
                    .status();
            // No answer at all promises nothing.
            if (status == 202) {
                accepted.add(booking);
                if (room != null) {
                    rooms.computeIfAbsent(room, ignored -> new CopyOnWriteArrayList<>())
                            .add(new AcceptedBy(instance.jvm().pid(), booking, millis()));
                }
            } else if (status == 201) {
                answered.add(booking);
            }
            Pause.of(CALLERS_PAUSE_MILLIS);
        }
    }

    private void book(HttpExchange exchange) throws IOException {
        try (exchange) {
            String booking = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            if (!well) {
                exchange.sendResponseHeaders(503, -1);
                return;
            }
            String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
            if (key != null) {
                keys.computeIfAbsent(booking, ignored -> ConcurrentHashMap.newKeySet())
                        .add(key);
            }
            places.computeIfAbsent(booking, ignored -> lastPlace.incrementAndGet());
            deliveries
                    .computeIfAbsent(booking, ignored -> new CopyOnWriteArrayList<>())
                    .add(millis());
            exchange.sendResponseHeaders(201, -1);
        }
    }

    private Path config(RedisProcess redis) throws IOException {
        return Configs.write(directory.path(), """
                application: booking
                state_dir: %s
                redis: {url: "%s"}
                admin: {port: 0}
                services:
                  calcom:
                    breaker: {failure_threshold: 3, open_when: either, timeout: 1s, half_open_timeout: 5s}
                    endpoints:
                      - name: create_booking
                        http: {method: POST, host: 127.0.0.1, port: %d, path: /v1/bookings}
                        fallback: [{queue: {repeatable: true, max_attempts: 100000, backoff: 100ms, max_backoff: 1s, ordered_by: "{query.room}"}}]
                """.formatted(
                directory.child("state"), redis.url(), calCom.getAddress().getPort()));
    }

    private Booking booking(int index, Path config) {
        Path jar = index == 0 || OTHER_JAR == null ? Built.agent() : Path.of(OTHER_JAR);
        return Booking.start(
                JvmUnderTest.command().in(directory.path()).agent(jar, config),
                URI.create("http://127.0.0.1:" + calCom.getAddress().getPort()));
    }
}
