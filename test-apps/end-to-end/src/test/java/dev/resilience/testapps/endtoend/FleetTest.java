package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several instances that share one Redis share one circuit. */
class FleetTest {

    private static final int INSTANCES = 3;
    private static final int CALLERS = 12;

    private final List<Booking> instances = new ArrayList<>();
    private TemporaryDirectory directory;
    private RedisProcess redis;
    private CalComStandIn calCom;

    @BeforeEach
    void surroundings() throws IOException {
        directory = new TemporaryDirectory("fleet-");
        redis = new RedisProcess(directory.child("redis"));
        calCom = new CalComStandIn();
    }

    @AfterEach
    void end() throws IOException {
        instances.forEach(Booking::close);
        calCom.close();
        redis.close();
        directory.close();
    }

    @Test
    void an_instance_without_calls_of_its_own_learns_of_open_within_250_ms() throws Exception {
        start(2, "timeout: 1h");
        Admin first = instances.get(0).admin();
        Admin second = instances.get(1).admin();
        List<Long> delays = new ArrayList<>();
        // One delay is at the mercy of the machine; the median of five is the product's.
        for (int round = 0; round < 5; round++) {
            calCom.become(Health.ERRORS);
            CompletableFuture<Long> here = CompletableFuture.supplyAsync(() -> firstSeen(first, "OPEN"));
            CompletableFuture<Long> there = CompletableFuture.supplyAsync(() -> firstSeen(second, "OPEN"));
            for (int i = 0; i < 5; i++) {
                instances.get(0).availability();
            }
            delays.add((there.get() - here.get()) / 1_000_000);

            calCom.become(Health.WELL);
            assertThat(first.post("/api/resilience/reset?service=calcom").statusCode())
                    .isEqualTo(200);
            await().until(() -> first.state("calcom").equals("CLOSED")
                    && second.state("calcom").equals("CLOSED"));
        }
        assertThat(delays.stream().sorted().toList().get(2)).as("%s", delays).isLessThan(250);
    }

    @Test
    void failures_of_different_instances_add_up() throws IOException {
        start(INSTANCES, "timeout: 1h");
        calCom.become(Health.ERRORS);

        // Five open it, and no instance has five of its own. Four do not.
        for (int i = 0; i < 4; i++) {
            instances.get(i % INSTANCES).availability();
        }
        await().untilAsserted(() ->
                assertThat(redis.command("GET circuit_breaker:calcom:failures")).isEqualTo("4"));
        assertThat(redis.command("GET circuit_breaker:calcom:state")).isEqualTo("CLOSED");
        instances.get(1).availability();

        for (Booking instance : instances) {
            Admin admin = instance.admin();
            await().untilAsserted(() -> assertThat(admin.state("calcom")).isEqualTo("OPEN"));
        }
        assertThat(redis.command("GET circuit_breaker:calcom:state")).isEqualTo("OPEN");
        assertThat(redis.command("GET circuit_breaker:calcom:failures")).isEqualTo("5");
        assertThat(calCom.arrivals()).hasSize(5);
    }

    @Test
    void trial_calls_of_all_instances_together_stay_within_the_quota() throws Exception {
        start(INSTANCES, "timeout: 2s, half_open_quota: 2, success_threshold: 2");
        calCom.become(Health.ERRORS);
        for (int i = 0; i < 5; i++) {
            instances.get(0).availability();
        }
        for (Booking instance : instances) {
            Admin admin = instance.admin();
            await().until(() -> admin.state("calcom"), state -> !state.equals("CLOSED"));
        }
        int before = calCom.arrivals().size();

        // Trials that hang keep their permits: whatever else arrives meanwhile is over the quota.
        calCom.become(Health.HANGING);
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        try {
            for (int i = 0; i < CALLERS; i++) {
                Booking instance = instances.get(i % INSTANCES);
                callers.execute(() -> {
                    while (calCom.health() == Health.HANGING) {
                        instance.availability();
                    }
                });
            }
            await().until(() -> calCom.arrivals().size() >= before + 2);
            // A second of eager callers while both trials are out.
            await().pollDelay(Duration.ofSeconds(1)).until(() -> true);

            assertThat(calCom.arrivals()).hasSize(before + 2);
        } finally {
            calCom.become(Health.WELL);
            callers.shutdown();
        }
    }

    @Test
    void an_idle_fleet_turns_half_open_on_time_and_its_first_callers_close_it() throws IOException {
        start(2, "timeout: 1s, success_threshold: 2");
        calCom.become(Health.ERRORS);
        for (int i = 0; i < 5; i++) {
            instances.get(0).availability();
        }
        Admin second = instances.get(1).admin();
        await().until(() -> second.state("calcom"), "HALF_OPEN"::equals);
        calCom.become(Health.WELL);

        assertThat(instances.get(0).availability().status()).isEqualTo(200);
        assertThat(instances.get(1).availability().status()).isEqualTo(200);

        await().until(() -> second.state("calcom"), "CLOSED"::equals);
        assertThat(redis.command("GET circuit_breaker:calcom:state")).isEqualTo("CLOSED");
    }

    private void start(int count, String breaker) {
        Path config = Configs.calCom(directory.path(), calCom, redis.url(), breaker);
        for (int i = 0; i < count; i++) {
            instances.add(Booking.start(Booking.command(directory.path(), config), calCom.url()));
        }
        for (Booking instance : instances) {
            await().untilAsserted(() -> {
                try (var jmx = instance.jvm().jmx()) {
                    assertThat(jmx.agent("Mode")).isEqualTo("shared");
                }
            });
        }
    }

    private static long firstSeen(Admin admin, String state) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        try {
            while (!admin.state("calcom").equals(state)) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("never " + state);
                }
            }
            return System.nanoTime();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
