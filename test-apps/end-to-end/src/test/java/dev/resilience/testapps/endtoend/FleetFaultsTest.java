package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.Pause;
import dev.resilience.testapps.harness.Traffic;
import dev.resilience.testapps.harness.Traffic.Sample;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Three JVMs under constant traffic while their Redis suffers, in each of the three states. No call fails or waits for it,
 * what is OPEN stays OPEN for its time, the fleet keeps to its quota, and closes together.
 */
class FleetFaultsTest {

    private static final int INSTANCES = 3;
    private static final int QUOTA = 2;
    private static final long OPEN_MILLIS = 3_000;

    /** The median, because a busy machine may hold up many calls, and Redis would hold up most. */
    private static final Duration PROMPT = Duration.ofMillis(500);

    private static final Duration TOGETHER = Duration.ofSeconds(30);

    private static FaultyFleet fleet;
    private Traffic traffic;

    @BeforeAll
    static void start() throws IOException {
        fleet = new FaultyFleet(
                INSTANCES, "timeout: " + OPEN_MILLIS + "ms, half_open_quota: " + QUOTA + ", success_threshold: 2");
        // What a JVM does for the first time takes longer than anything that is measured here.
        fleet.instances.forEach(instance -> {
            for (int i = 0; i < 20; i++) {
                instance.availability();
            }
        });
    }

    @AfterAll
    static void end() throws IOException {
        fleet.close();
    }

    @AfterEach
    void quiet() throws IOException {
        if (traffic != null) {
            traffic.close();
        }
        fleet.reset();
    }

    @ParameterizedTest
    @EnumSource
    void no_call_notices_what_befalls_redis(RedisFault fault) throws IOException {
        traffic = fleet.traffic(60);
        closedStaysClosed(fault);
        traffic.close();

        fleet.open();
        long openedBy = System.nanoTime();
        fleet.calCom.become(Health.WELL);
        fleet.calCom.hold();
        traffic = fleet.traffic(60);
        openStaysOpenForItsTime(fault, openedBy);
        trialsStayWithinTheQuota(fault);

        fleet.calCom.release();
        await().atMost(TOGETHER).until(fleet::states, "CLOSED CLOSED CLOSED"::equals);
        await().atMost(TOGETHER).until(() -> fleet.redis.command("GET circuit_breaker:calcom:state"), "CLOSED"::equals);
        traffic.finish();
        assertThat(traffic.samples()).filteredOn(sample -> sample.status() == 0).isEmpty();
    }

    private void closedStaysClosed(RedisFault fault) throws IOException {
        Pause.of(300);
        fault.begin(fleet);
        Pause.of(1_500);
        fault.end(fleet);
        fleet.awaitShared();
        assertThat(fleet.states()).isEqualTo("CLOSED CLOSED CLOSED");
        traffic.finish();
        List<Sample> samples = traffic.samples();
        assertThat(samples).hasSizeGreaterThan(20).allMatch(Sample::answered);
        List<Duration> waited = samples.stream()
                .map(sample -> Duration.ofNanos(sample.waitedNanos()))
                .sorted()
                .toList();
        assertThat(waited.get(waited.size() / 2)).isLessThan(PROMPT);
    }

    private void openStaysOpenForItsTime(RedisFault fault, long openedBy) throws IOException {
        int before = fleet.calCom.arrivals().size();
        fault.begin(fleet);
        Pause.of(1_200);
        fault.end(fleet);
        // Since the first instance opened some time has passed, which this JVM can only bound.
        while ((System.nanoTime() - openedBy) / 1_000_000 < OPEN_MILLIS - 1_000) {
            assertThat(fleet.calCom.arrivals()).hasSize(before);
            Pause.of(20);
        }
        fleet.awaitShared();
    }

    private void trialsStayWithinTheQuota(RedisFault fault) throws IOException {
        await().atMost(TOGETHER).until(() -> fleet.calCom.held() >= 1);
        Pause.of(300);
        int held = fleet.calCom.held();
        fault.begin(fleet);
        Pause.of(800);
        fault.end(fleet);
        Pause.of(700);
        assertThat(held).isLessThanOrEqualTo(QUOTA);
        // While there is no Redis each instance that makes no trial may begin one of its own.
        int most = leavesInstancesAlone(fault) ? QUOTA + INSTANCES : QUOTA;
        assertThat(fleet.calCom.held()).as(fleet::words).isLessThanOrEqualTo(most);
    }

    private static boolean leavesInstancesAlone(RedisFault fault) {
        return switch (fault) {
            case WIPED, SCRIPTS_FORGOTTEN, EVICTING, FAR_AWAY -> false;
            default -> true;
        };
    }
}
