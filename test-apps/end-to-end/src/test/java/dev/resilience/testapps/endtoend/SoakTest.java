package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.Jmx;
import dev.resilience.testapps.harness.Pause;
import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Outage after outage, of the dependency and of Redis, under traffic: what the agent holds does not grow. {@code -Dsoak.seconds}
 * says how long (default 100); hours are worth it, minutes find what leaks with every outage.
 */
class SoakTest {

    private static final long SECONDS = Long.getLong("soak.seconds", 100);
    private static final int CALLERS = 3;
    private static final long PHASE_MILLIS = 1_500;

    /** Minutes have keys of their own, kept for a day on purpose; this many a minute for two endpoints are more than enough. */
    private static final long KEYS_A_MINUTE = 40;

    private static final long BYTES_A_KEY = 4_000;

    /** Redis' own coming and going: buffers of clients, of scripts, of what it writes to disk. */
    private static final long REDIS_BUFFERS = 2_000_000;

    private static final Pattern USED = Pattern.compile("used_memory:(\\d+)");

    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong unanswered = new AtomicLong();
    private volatile boolean over;

    /** What one JVM and Redis hold, after a collection. */
    private record Held(long atNanos, long heap, long threads, long descriptors, long keys, long redisBytes) {}

    @Test
    void what_the_agent_holds_stays_level_over_outages_of_the_dependency_and_of_redis() throws Exception {
        try (TemporaryDirectory directory = new TemporaryDirectory("soak-");
                RedisProcess redis = new RedisProcess(directory.child("redis"));
                CalComStandIn calCom = new CalComStandIn();
                Booking booking = Booking.start(
                        Booking.command(directory.path(), config(directory, calCom, redis)), calCom.url())) {
            ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
            for (int i = 0; i < CALLERS; i++) {
                callers.submit(() -> call(booking));
            }
            // Until there is an answer to keep of everything that is asked for.
            await().atMost(Duration.ofSeconds(60)).until(() -> sent.get() > 100);
            List<Held> held = outages(booking, calCom, redis);
            over = true;
            callers.shutdown();
            assertThat(callers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();

            System.out.println(sent + " calls, " + unanswered + " unanswered, " + held.size()
                    + " outages; first and last: " + held.get(0) + " " + held.get(held.size() - 1));

            List<Held> early = held.subList(held.size() / 3, held.size() * 2 / 3);
            List<Held> late = held.subList(held.size() * 2 / 3, held.size());
            assertThat(least(late, Held::heap))
                    .as("heap of %s", held)
                    .isLessThan(least(early, Held::heap) * 5 / 4 + 2_000_000);
            assertThat(least(late, Held::threads))
                    .as("threads of %s", held)
                    .isLessThanOrEqualTo(most(early, Held::threads));
            assertThat(least(late, Held::descriptors))
                    .as("descriptors of %s", held)
                    .isLessThanOrEqualTo(most(early, Held::descriptors) + 2);
            long minutes = 1 + TimeUnit.NANOSECONDS.toMinutes(late.get(late.size() - 1).atNanos - early.get(0).atNanos);
            assertThat(least(late, Held::keys))
                    .as("keys of %s", held)
                    .isLessThanOrEqualTo(most(early, Held::keys) + minutes * KEYS_A_MINUTE);
            assertThat(least(late, Held::redisBytes))
                    .as("memory of Redis of %s", held)
                    .isLessThanOrEqualTo(
                            most(early, Held::redisBytes) + minutes * KEYS_A_MINUTE * BYTES_A_KEY + REDIS_BUFFERS);
            assertThat(unanswered.get())
                    .as("calls without an answer, of %s", sent)
                    .isLessThan(sent.get() / 100);
            await().atMost(Duration.ofMinutes(2))
                    .untilAsserted(() -> assertThat(booking.admin()
                                    .json("/api/resilience/queue")
                                    .path("total")
                                    .asLong())
                            .isZero());
            try (Jmx jmx = booking.jvm().jmx()) {
                assertThat(jmx.agent("GateFailures")).isEqualTo(0L);
            }
        }
    }

    /** Redis is lost with all it held in the first third only, so that what it holds can be compared afterwards. */
    private static List<Held> outages(Booking booking, CalComStandIn calCom, RedisProcess redis) throws IOException {
        List<Held> held = new ArrayList<>();
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(SECONDS);
        for (int round = 0; System.nanoTime() < end; round++) {
            boolean early = System.nanoTime() - begin < (end - begin) / 3;
            calCom.become(round % 2 == 0 ? Health.ERRORS : Health.FAILING);
            Pause.of(PHASE_MILLIS);
            if (round % 3 == 1) {
                redis.pause();
                Pause.of(PHASE_MILLIS);
                redis.resume();
            } else if (early && round % 3 == 2) {
                redis.kill();
                Pause.of(PHASE_MILLIS);
                redis.start();
            }
            calCom.become(Health.WELL);
            await().atMost(Duration.ofSeconds(60)).until(() -> booking.admin().state("calcom"), "CLOSED"::equals);
            Pause.of(PHASE_MILLIS);
            held.add(held(booking, redis));
        }
        return held;
    }

    private void call(Booking booking) {
        while (!over) {
            long number = sent.incrementAndGet();
            Booking.Answered answered = number % 10 == 0
                    ? booking.post("/bookings", "{\"n\":" + number + "}")
                    : booking.get("/availability?day=day-" + number % 7);
            if (answered.status() < 200 || answered.status() > 299) {
                unanswered.incrementAndGet();
            }
            Pause.of(10);
        }
    }

    private static Held held(Booking booking, RedisProcess redis) throws IOException {
        try (Jmx jmx = booking.jvm().jmx()) {
            return new Held(
                    System.nanoTime(),
                    jmx.liveHeap(),
                    jmx.threads().stream()
                            .filter(name -> name.startsWith("resilience"))
                            .count(),
                    ((Number) jmx.attribute("java.lang:type=OperatingSystem", "OpenFileDescriptorCount")).longValue(),
                    Long.parseLong(redis.command("DBSIZE").substring(1)),
                    redisBytes(redis));
        }
    }

    private static long redisBytes(RedisProcess redis) throws IOException {
        Matcher used = USED.matcher(redis.text("INFO memory"));
        if (!used.find()) {
            throw new IllegalStateException("Redis does not say what memory it uses");
        }
        return Long.parseLong(used.group(1));
    }

    private static long least(List<Held> held, ToLongFunction<Held> what) {
        return held.stream().mapToLong(what).min().orElseThrow();
    }

    private static long most(List<Held> held, ToLongFunction<Held> what) {
        return held.stream().mapToLong(what).max().orElseThrow();
    }

    private static Path config(TemporaryDirectory directory, CalComStandIn calCom, RedisProcess redis)
            throws IOException {
        return Configs.write(
                directory.path(), """
                application: booking
                state_dir: %s
                redis: {url: "%s"}
                admin: {port: 0}
                services:
                  calcom:
                    breaker: {failure_threshold: 5, open_when: either, timeout: 500ms}
                    deadline: 1s
                    endpoints:
                      - name: fetch_availability
                        http: {method: GET, host: 127.0.0.1, port: %d, path: /v1/availability/**}
                        fallback: [stale_cache]
                      - name: create_booking
                        http: {method: POST, host: 127.0.0.1, port: %d, path: /v1/bookings}
                        fallback: [{queue: {repeatable: true, backoff: 500ms, max_backoff: 1s, max_attempts: 1000}}]
                """.formatted(directory.child("state"), redis.url(), calCom.port(), calCom.port()));
    }
}
