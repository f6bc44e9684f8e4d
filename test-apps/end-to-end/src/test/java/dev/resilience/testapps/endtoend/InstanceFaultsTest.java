package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.Pause;
import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.Traffic;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What befalls single instances of a fleet does not cost the others their circuit. */
class InstanceFaultsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int QUOTA = 2;

    private FaultyFleet fleet;

    @AfterEach
    void end() throws IOException {
        if (fleet != null) {
            fleet.close();
        }
    }

    @Test
    void permits_of_an_instance_that_is_killed_come_back() throws IOException {
        start(2, "timeout: 1s, half_open_quota: " + QUOTA + ", success_threshold: 2");
        openAndHoldTheTrialsOf(fleet.instances.get(0), QUOTA);
        long killed = System.nanoTime();
        fleet.instances.get(0).jvm().kill();
        fleet.calCom.release();

        Booking survivor = fleet.instances.get(1);
        await().atMost(PATIENCE).until(() -> {
            survivor.availability();
            return survivor.admin().state("calcom").equals("CLOSED");
        });
        // The lease of five seconds, and no sooner.
        assertThat(Duration.ofNanos(System.nanoTime() - killed))
                .isBetween(Duration.ofSeconds(3), Duration.ofSeconds(20));
    }

    @Test
    void an_instance_stopped_over_its_lease_reopens_nothing() throws Exception {
        start(2, "timeout: 1s, half_open_quota: 1, success_threshold: 1");
        Booking stopped = fleet.instances.get(0);
        Booking other = fleet.instances.get(1);
        openAndHoldTheTrialsOf(stopped, 1);
        stopped.jvm().pause();
        try {
            fleet.calCom.holdNoMore();
            await().atMost(PATIENCE).until(() -> {
                other.availability();
                return other.admin().state("calcom").equals("CLOSED");
            });
        } finally {
            stopped.jvm().resume();
        }
        // Its trial ends now, by a time-out that began before it was stopped, and counts for nothing.
        for (int i = 0; i < 20; i++) {
            assertThat(other.availability().status()).isEqualTo(200);
            Pause.of(100);
        }
        assertThat(fleet.redis.command("GET circuit_breaker:calcom:state")).isEqualTo("CLOSED");
        await().atMost(PATIENCE).until(() -> stopped.admin().state("calcom"), "CLOSED"::equals);
    }

    @Test
    void a_failover_to_a_replica_that_lags_loses_no_open() throws IOException {
        start(2, "timeout: 1h");
        try (RedisProcess replica = new RedisProcess(fleet.directory("replica"))) {
            replica.command("REPLICAOF 127.0.0.1 " + fleet.redis.port());
            await().atMost(PATIENCE).until(() -> "CLOSED".equals(replica.command("GET circuit_breaker:calcom:state")));
            replica.command("REPLICAOF NO ONE");
            fleet.open();
            try (Traffic traffic = fleet.traffic(40)) {
                fleet.redis.kill();
                fleet.links.forEach(link -> link.leadTo(replica.port()));
                await().atMost(PATIENCE)
                        .until(() -> "OPEN".equals(replica.command("GET circuit_breaker:calcom:state")));
                fleet.awaitShared();
                assertThat(fleet.states()).isEqualTo("OPEN OPEN");
                traffic.finish();
                assertThat(traffic.samples()).isNotEmpty().noneMatch(Traffic.Sample::answered);
                assertThat(traffic.samples()).noneMatch(sample -> sample.status() == 0);
            }
            assertThat(fleet.calCom.arrivals()).hasSize(5);
        }
    }

    @Test
    void hosts_whose_clocks_are_ten_minutes_apart_open_wait_and_close_together() throws IOException {
        assumeTrue(HostClock.canBeWrong(), "needs libfaketime");
        List<HostClock> clocks = List.of(new HostClock("-10m"), HostClock.TRUE, new HostClock("+10m"));
        fleet = new FaultyFleet(clocks, "timeout: 3s, half_open_quota: " + QUOTA + ", success_threshold: 2");
        Duration apart = Duration.between(timeAt(0), timeAt(2));
        assertThat(apart).isBetween(Duration.ofMinutes(19), Duration.ofMinutes(21));

        long opened = System.nanoTime();
        fleet.open();
        int arrived = fleet.calCom.arrivals().size();
        for (Booking instance : fleet.instances) {
            assertThat(instance.availability().status()).isNotEqualTo(200);
        }
        assertThat(fleet.calCom.arrivals()).hasSize(arrived);

        fleet.calCom.become(Health.WELL);
        fleet.awaitState("HALF_OPEN");
        assertThat(Duration.ofNanos(System.nanoTime() - opened))
                .isBetween(Duration.ofMillis(2_500), Duration.ofSeconds(20));
        await().atMost(PATIENCE).until(() -> {
            fleet.instances.forEach(Booking::availability);
            return fleet.states().equals("CLOSED CLOSED CLOSED");
        });
        assertThat(fleet.instances).allMatch(instance -> instance.availability().status() == 200);
    }

    private Instant timeAt(int instance) throws IOException {
        return Instant.parse(fleet.instances
                .get(instance)
                .admin()
                .json("/api/health/status")
                .path("timestamp")
                .asText());
    }

    private void start(int size, String breaker) throws IOException {
        fleet = new FaultyFleet(size, breaker);
    }

    /** Leaves the trials that this instance is given without an answer. */
    private void openAndHoldTheTrialsOf(Booking instance, int trials) throws IOException {
        fleet.open();
        fleet.calCom.become(Health.WELL);
        fleet.calCom.hold();
        fleet.awaitState("HALF_OPEN");
        AtomicBoolean enough = new AtomicBoolean();
        for (int i = 0; i < trials; i++) {
            // Again, where a busy machine was too slow to be given a permit.
            Thread caller = new Thread(
                    () -> {
                        while (!enough.get() && fleet.calCom.held() < trials) {
                            instance.availability();
                        }
                    },
                    "caller");
            caller.setDaemon(true);
            caller.start();
        }
        await().atMost(PATIENCE).until(() -> fleet.calCom.held() == trials);
        enough.set(true);
    }
}
