package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever becomes of Redis, no caller of the application waits for it or fails for it, and states join again. */
class RedisTroubleTest {

    /** A caller that waits longer waited for something: the stand-in answers at once, Redis may never. */
    private static final Duration PROMPT = Duration.ofSeconds(2);

    private TemporaryDirectory directory;
    private RedisProcess redis;
    private CalComStandIn calCom;

    @BeforeEach
    void start() throws IOException {
        directory = new TemporaryDirectory("redis-trouble-");
        redis = new RedisProcess(directory.child("redis"));
        calCom = new CalComStandIn();
    }

    @AfterEach
    void end() throws IOException {
        calCom.close();
        redis.close();
        directory.close();
    }

    @Test
    void absent_at_the_start_it_is_joined_when_it_comes() throws IOException {
        redis.kill();
        try (Booking booking = booking("timeout: 1h")) {
            allAnswered(booking, 20);
            awaitMode(booking, "degraded");
            opens(booking);

            redis.start();

            awaitMode(booking, "shared");
            await().until(() -> redis.command("GET circuit_breaker:calcom:state"), "OPEN"::equals);
            assertThat(booking.admin().state("calcom")).isEqualTo("OPEN");
            saidOnce(booking, "redis://127.0.0.1:" + redis.port());
        }
    }

    @Test
    void killed_with_an_open_circuit_it_is_told_again_what_is_open() throws IOException {
        try (Booking booking = booking("timeout: 1h")) {
            awaitMode(booking, "shared");
            allAnswered(booking, 5);
            opens(booking);
            await().until(() -> redis.command("GET circuit_breaker:calcom:state"), "OPEN"::equals);

            redis.kill();
            awaitMode(booking, "degraded");
            assertThat(booking.admin().state("calcom")).isEqualTo("OPEN");
            assertThat(waits(booking, 10)).allMatch(waited -> waited.compareTo(PROMPT) < 0);

            redis.start();
            awaitMode(booking, "shared");
            await().until(() -> redis.command("GET circuit_breaker:calcom:state"), "OPEN"::equals);
            assertThat(booking.admin().state("calcom")).isEqualTo("OPEN");
        }
    }

    @Test
    void stopped_in_its_tracks_it_makes_no_caller_wait() throws IOException {
        try (Booking booking = booking("timeout: 1h")) {
            awaitMode(booking, "shared");
            allAnswered(booking, 5);

            redis.pause();
            try {
                allAnswered(booking, 50);
                awaitMode(booking, "degraded");
                opens(booking);
                assertThat(waits(booking, 10)).allMatch(waited -> waited.compareTo(PROMPT) < 0);
            } finally {
                redis.resume();
            }

            awaitMode(booking, "shared");
            await().until(() -> redis.command("GET circuit_breaker:calcom:state"), "OPEN"::equals);
            assertThat(booking.admin().state("calcom")).isEqualTo("OPEN");
        }
    }

    @Test
    void while_it_is_away_an_open_circuit_still_recovers() throws IOException {
        try (Booking booking = booking("timeout: 1s")) {
            awaitMode(booking, "shared");
            redis.kill();
            awaitMode(booking, "degraded");
            opens(booking);

            calCom.become(Health.WELL);

            await().untilAsserted(
                            () -> assertThat(booking.availability().status()).isEqualTo(200));
            await().until(() -> {
                booking.availability();
                return booking.admin().state("calcom").equals("CLOSED");
            });
            redis.start();
            awaitMode(booking, "shared");
            assertThat(booking.admin().state("calcom")).isEqualTo("CLOSED");
        }
    }

    @Test
    void a_server_that_hangs_up_on_everyone_is_as_good_as_none() throws IOException {
        try (ServerSocket rude = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread hangsUp = new Thread(() -> {
                while (!rude.isClosed()) {
                    try (Socket caller = rude.accept()) {
                        caller.setSoLinger(true, 0);
                    } catch (IOException closed) {
                        // The next one, or none when the socket is closed.
                    }
                }
            });
            hangsUp.setDaemon(true);
            hangsUp.start();
            Path config =
                    Configs.calCom(directory.path(), calCom, "redis://127.0.0.1:" + rude.getLocalPort(), "timeout: 1h");
            try (Booking booking = Booking.start(Booking.command(directory.path(), config), calCom.url())) {
                allAnswered(booking, 20);
                awaitMode(booking, "degraded");
                opens(booking);
                saidOnce(booking, "127.0.0.1:" + rude.getLocalPort());
            }
        }
    }

    private Booking booking(String breaker) {
        Path config = Configs.calCom(directory.path(), calCom, redis.url(), breaker);
        return Booking.start(Booking.command(directory.path(), config), calCom.url());
    }

    /** Five failures open it, promptly, and the rejected ones are prompt as well. */
    private void opens(Booking booking) {
        calCom.become(Health.ERRORS);
        for (int i = 0; i < 5; i++) {
            assertThat(booking.availability().waited()).isLessThan(PROMPT);
        }
        await().until(() -> booking.admin().state("calcom"), "OPEN"::equals);
    }

    private static void allAnswered(Booking booking, int calls) {
        for (int i = 0; i < calls; i++) {
            Booking.Answered answered = booking.availability();
            assertThat(answered.status()).as(answered.body()).isEqualTo(200);
            assertThat(answered.waited()).isLessThan(PROMPT);
        }
    }

    private static List<Duration> waits(Booking booking, int calls) {
        List<Duration> waits = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            waits.add(booking.availability().waited());
        }
        return waits;
    }

    private static void awaitMode(Booking booking, String mode) {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            try (var jmx = booking.jvm().jmx()) {
                assertThat(jmx.agent("Mode")).isEqualTo(mode);
            }
        });
    }

    private static void saidOnce(Booking booking, String where) {
        assertThat(booking.jvm().err())
                .filteredOn(line -> line.contains(" WARN ") && line.contains(where))
                .hasSize(1);
    }
}
