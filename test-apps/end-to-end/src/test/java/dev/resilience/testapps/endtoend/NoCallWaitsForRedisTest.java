package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * That no call waits for Redis, told by the JVMs themselves: they count how often a calling thread stood still. One that
 * waited for an answer of Redis, however short, would be counted; what a busy machine does to it is not.
 */
class NoCallWaitsForRedisTest {

    private static final int CALLS = 60;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static FaultyFleet fleet;
    private static final List<PunctualCaller> CALLERS = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        fleet = new FaultyFleet(0, "timeout: 600s");
        CALLERS.add(fleet.joinCaller());
        CALLERS.add(fleet.joinCaller());
    }

    @AfterAll
    static void end() throws IOException {
        CALLERS.forEach(PunctualCaller::close);
        fleet.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"KILLED_AND_STARTED_EMPTY", "STOPPED", "FAR_AWAY", "SILENT", "FULL"})
    void closed_and_open_calls_go_their_way_whatever_befalls_redis(RedisFault fault) throws IOException {
        reset(fleet.calCom, CALLERS);
        troubled(fault, "200");
        fleet.calCom.become(Health.ERRORS);
        CALLERS.forEach(caller -> caller.awaitState("OPEN"));
        troubled(fault, "CircuitBreakerOpenException");
        CALLERS.forEach(caller -> caller.awaitState("OPEN"));
    }

    /** As an operator moves a slot of a cluster that works: for a while some of a circuit's keys are here and some there. */
    @Test
    void a_slot_that_moves_under_traffic_keeps_no_call_and_lets_none_through() throws IOException {
        try (TemporaryDirectory directory = new TemporaryDirectory("cluster-");
                RedisCluster cluster = new RedisCluster(directory, 3);
                CalComStandIn calCom = new CalComStandIn();
                PunctualCaller one = clusterCaller(directory, "one", cluster, calCom);
                PunctualCaller other = clusterCaller(directory, "other", cluster, calCom)) {
            List<PunctualCaller> callers = List.of(one, other);
            calCom.become(Health.ERRORS);
            callers.forEach(caller -> caller.awaitState("OPEN"));
            settle(callers);
            int arrived = calCom.arrivals().size();
            List<Integer> since = marks(callers);

            cluster.moveSlotOf("calcom", () -> settle(callers));

            callers.forEach(caller -> caller.awaitMode("shared"));
            await().atMost(PATIENCE)
                    .until(
                            () -> cluster.ownerOf("calcom").command("GET circuit_breaker:{calcom}:state"),
                            "OPEN"::equals);
            settle(callers);
            for (int i = 0; i < callers.size(); i++) {
                callers.get(i).assertNoneWaited(since.get(i), "CircuitBreakerOpenException");
            }
            assertThat(calCom.arrivals()).hasSize(arrived);

            reset(calCom, callers);
        }
    }

    private static void troubled(RedisFault fault, String outcome) throws IOException {
        settle(CALLERS);
        List<Integer> since = marks(CALLERS);
        fault.begin(fleet);
        CALLERS.forEach(caller -> caller.awaitCalls(caller.calls() + CALLS));
        fault.end(fleet);
        CALLERS.forEach(caller -> caller.awaitMode("shared"));
        for (int i = 0; i < CALLERS.size(); i++) {
            CALLERS.get(i).assertNoneWaited(since.get(i), outcome);
        }
    }

    private static void reset(CalComStandIn calCom, List<PunctualCaller> callers) throws IOException {
        calCom.become(Health.WELL);
        callers.get(0).admin().post("/api/resilience/reset?service=calcom");
        callers.forEach(caller -> caller.awaitState("CLOSED"));
    }

    /** What began before is over. */
    private static void settle(List<PunctualCaller> callers) {
        callers.forEach(caller -> caller.awaitCalls(caller.calls() + 3));
    }

    private static List<Integer> marks(List<PunctualCaller> callers) {
        return new ArrayList<>(callers.stream().map(PunctualCaller::calls).toList());
    }

    private static PunctualCaller clusterCaller(
            TemporaryDirectory directory, String name, RedisCluster cluster, CalComStandIn calCom) throws IOException {
        Path home = directory.child(name);
        Path config = Configs.calCom(home, calCom, cluster, "timeout: 600s");
        return PunctualCaller.start(home, config, calCom);
    }
}
