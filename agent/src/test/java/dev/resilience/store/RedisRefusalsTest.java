package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Permit;
import dev.resilience.breaker.State;
import dev.resilience.breaker.StoreMode;
import dev.resilience.log.AgentLog;
import dev.resilience.store.Fleet.Instance;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A real server that is there and refuses: instances go on by themselves, lose nothing, and join when it does not any more. */
class RedisRefusalsTest {

    private static final int SLOTS = 16_384;

    private final Fleet fleet = new Fleet();
    private RedisProcess redis;

    @AfterEach
    void stop() {
        fleet.close();
        redis.close();
    }

    /** Another application's script that does not end. */
    @Test
    void busy_with_somebody_elses_script() throws InterruptedException {
        redis = RedisProcess.start("--lua-time-limit", "50");
        Instance a = join();
        Instance b = join();
        Thread foreign = new Thread(() -> {
            try {
                redis.command("EVAL", "while true do end", "0");
            } catch (UncheckedIOException killed) {
                // It is, below.
            }
        });
        foreign.start();
        b.awaitMode(StoreMode.DEGRADED);
        a.fail(5);
        assertThat(a.circuit.state()).isEqualTo(State.OPEN);
        assertThat(b.ask().granted()).isTrue();
        await().atMost(Fleet.PATIENCE).until(() -> "OK".equals(redis.command("SCRIPT", "KILL")) || !foreign.isAlive());
        foreign.join();
        a.awaitMode(StoreMode.SHARED);
        fleet.awaitState(State.OPEN);
    }

    @Test
    void no_place_for_another_client() {
        redis = RedisProcess.start();
        Instance a = join();
        await().atMost(Fleet.PATIENCE)
                .until(() -> redis.command("INFO", "clients").contains("connected_clients:3"));
        assertThat(redis.command("CONFIG", "SET", "maxclients", "2")).isEqualTo("OK");
        Instance b = fleet.join(redis, BreakerSettings.DEFAULTS);
        b.fail(5);
        assertThat(b.circuit.state()).isEqualTo(State.OPEN);
        assertThat(b.mode()).isEqualTo(StoreMode.DEGRADED);
        assertThat(a.mode()).isEqualTo(StoreMode.SHARED);
        assertThat(a.circuit.state()).isEqualTo(State.CLOSED);
        a.close();
        b.awaitMode(StoreMode.SHARED);
        assertThat(b.ask().granted()).isFalse();
    }

    @Test
    void a_password_that_was_changed() {
        redis = RedisProcess.start();
        Instance a = join();
        Instance b = join();
        a.fail(5);
        fleet.awaitState(State.OPEN);
        assertThat(redis.command("CONFIG", "SET", "requirepass", "changed")).isEqualTo("OK");
        redis.command("changed", List.of("CLIENT", "KILL", "TYPE", "normal"));
        redis.command("changed", List.of("CLIENT", "KILL", "TYPE", "pubsub"));
        a.awaitMode(StoreMode.DEGRADED);
        b.awaitMode(StoreMode.DEGRADED);
        assertThat(a.ask().granted()).isFalse();
        assertThat(redis.command("changed", List.of("CONFIG", "SET", "requirepass", "")))
                .isEqualTo("OK");
        a.awaitMode(StoreMode.SHARED);
        b.awaitMode(StoreMode.SHARED);
        assertThat(b.ask().granted()).isFalse();
    }

    @Test
    void rights_that_were_taken_away() {
        redis = RedisProcess.start();
        Instance a = join();
        Instance b = join();
        a.fail(5);
        fleet.awaitState(State.OPEN);
        assertThat(redis.command("ACL", "SETUSER", "default", "-evalsha", "-eval"))
                .isEqualTo("OK");
        a.awaitMode(StoreMode.DEGRADED);
        b.awaitMode(StoreMode.DEGRADED);
        assertThat(b.ask().granted()).isFalse();
        assertThat(redis.command("ACL", "SETUSER", "default", "+@all")).isEqualTo("OK");
        a.awaitMode(StoreMode.SHARED);
        b.circuit.reset("test").toCompletableFuture().join();
        b.awaitMode(StoreMode.SHARED);
        await().atMost(Fleet.PATIENCE).until(() -> {
            b.circuit.reset("test").toCompletableFuture().join();
            return a.circuit.state() == State.CLOSED;
        });
    }

    @Test
    void scripts_forgotten_while_permits_are_out() {
        redis = RedisProcess.start();
        Instance a = join(Settings.with(s -> s.timeoutMillis = 300));
        Instance b = join(Settings.with(s -> s.timeoutMillis = 300));
        a.fail(5);
        fleet.awaitState(State.HALF_OPEN);
        List<Permit> out = new ArrayList<>();
        await().atMost(Fleet.PATIENCE).until(() -> {
            Permit permit = a.ask();
            if (permit.granted()) {
                out.add(permit);
            }
            return out.size() == 3;
        });
        redis.command("SCRIPT", "FLUSH");
        for (int i = 0; i < 20; i++) {
            assertThat(b.ask().granted()).isFalse();
        }
        redis.command("SCRIPT", "FLUSH");
        a.settle(out.get(0), Outcome.IGNORED);
        awaitKey("circuit_breaker:calcom:half_open_quota", "1");
        redis.command("SCRIPT", "FLUSH");
        a.settle(out.get(1), Outcome.SUCCESS);
        a.settle(out.get(2), Outcome.SUCCESS);
        fleet.awaitState(State.CLOSED);
        assertThat(b.mode()).isEqualTo(StoreMode.SHARED);
    }

    /** Its keys are on any node there: a circuit's five would lie on several. */
    @Test
    void a_node_of_a_cluster_that_was_taken_for_the_whole() {
        redis = RedisProcess.node();
        redis.command(Stream.concat(
                        Stream.of("CLUSTER", "ADDSLOTS"),
                        IntStream.range(0, SLOTS).mapToObj(s -> "" + s))
                .toArray(String[]::new));
        await().atMost(Fleet.PATIENCE)
                .until(() -> redis.command("CLUSTER", "INFO").contains("cluster_state:ok"));
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream before = AgentLog.redirect(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            Instance a = fleet.join(redis.config(), BreakerSettings.DEFAULTS);
            await().atMost(Fleet.PATIENCE)
                    .until(() -> said.toString(StandardCharsets.UTF_8).contains("`nodes`"));
            assertThat(a.mode()).isEqualTo(StoreMode.DEGRADED);
            a.fail(5);
            assertThat(a.circuit.state()).isEqualTo(State.OPEN);
            assertThat(said.toString(StandardCharsets.UTF_8)).doesNotContain(" answers");
        } finally {
            AgentLog.redirect(before);
        }
    }

    /**
     * What is documented: a call that asks for a trial permit waits 50 ms at most, and of all calls of an instance no more than
     * there are permits to be had; the next asks when the server was given up, and nobody then.
     */
    @Test
    void of_all_calls_in_half_open_no_more_stand_still_for_a_silent_server_than_it_has_permits() {
        redis = RedisProcess.start();
        Instance a = join(Settings.with(s -> {
            s.timeoutMillis = 300;
            s.halfOpenTimeoutMillis = 3_600_000;
            s.successThreshold = 1_000_000;
        }));
        a.fail(5);
        fleet.awaitState(State.HALF_OPEN);
        a.settle(a.ask(), Outcome.IGNORED);
        redis.pause();
        int calls = 0;
        int stoodStill = 0;
        while (a.mode() == StoreMode.SHARED || calls < 1_000) {
            long before = standstills();
            Permit permit = a.ask();
            stoodStill += standstills() > before ? 1 : 0;
            if (permit.granted()) {
                a.settle(permit, Outcome.SUCCESS);
            }
            calls++;
        }
        redis.resume();
        // One in a hundred may have met the circuit's lock.
        assertThat(stoodStill).as("of %s calls", calls).isLessThanOrEqualTo(3 + calls / 100);
        a.awaitMode(StoreMode.SHARED);
        assertThat(a.circuit.state()).isEqualTo(State.HALF_OPEN);
    }

    private static long standstills() {
        ThreadInfo own = ManagementFactory.getThreadMXBean()
                .getThreadInfo(Thread.currentThread().getId());
        return own.getWaitedCount() + own.getBlockedCount();
    }

    private Instance join() {
        return join(BreakerSettings.DEFAULTS);
    }

    private Instance join(BreakerSettings settings) {
        return fleet.join(redis, settings).awaitMode(StoreMode.SHARED);
    }

    private void awaitKey(String key, String value) {
        await().atMost(Fleet.PATIENCE).until(() -> value.equals(redis.command("GET", key)));
    }
}
