package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.Permit;
import dev.resilience.breaker.State;
import dev.resilience.breaker.StoreMode;
import dev.resilience.config.AgentConfig.RedisConfig;
import dev.resilience.log.AgentLog;
import dev.resilience.store.Fleet.Instance;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/**
 * What people and hosts do to a Redis that works: none of it lets a call through that is to be refused, keeps one waiting, or
 * outlasts its cause; and the log names the cause in one line.
 */
class RedisOperatedTest {

    /** Nobody waits for the store, but a busy machine may stop anybody. */
    private static final Duration AT_ONCE = Duration.ofMillis(500);

    @TempDir
    private Path folder;

    private final Fleet fleet = new Fleet();
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private PrintStream before;
    private RedisProcess redis;

    @BeforeEach
    void listen() {
        before = AgentLog.redirect(new PrintStream(said, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void stop() {
        AgentLog.redirect(before);
        fleet.close();
        redis.close();
    }

    /** It looks at its clients after each key, as a server that is not held up by a test does all the time. */
    @Test
    @EnabledIf("dev.resilience.store.RedisProcess#isOfTheDistribution")
    void a_start_that_reads_a_large_dump_first() throws IOException {
        redis = RedisProcess.distributions(
                "--dir",
                folder.toString(),
                "--rdbcompression",
                "no",
                "--key-load-delay",
                "50000",
                "--loading-process-events-interval-bytes",
                "1024",
                "--enable-debug-command",
                "yes");
        Instance a = open(BreakerSettings.DEFAULTS);
        redis.command("DEBUG", "POPULATE", "100", "filler", "2000");
        assertThat(redis.command("SAVE")).isEqualTo("OK");
        redis.kill();
        awaitAll(StoreMode.DEGRADED);
        redis.begin("Server initialized");
        awaitSaid("LOADING");
        assertThat(a.mode()).isEqualTo(StoreMode.DEGRADED);
        refusesAtOnce();
        awaitAll(StoreMode.SHARED);
        refusesAtOnce();
        awaitKey("circuit_breaker:calcom:state", "OPEN");
        assertThat(lines("(LOADING")).hasSize(1);
    }

    @Test
    void a_disk_that_is_full() throws IOException {
        redis = RedisProcess.start("--dir", folder.toString());
        open(BreakerSettings.DEFAULTS);
        Path gone = Files.createDirectory(folder.resolve("gone"));
        redis.command("CONFIG", "SET", "dir", gone.toString());
        redis.command("CONFIG", "SET", "save", "3600 1");
        Files.delete(gone);
        redis.command("BGSAVE");
        awaitAll(StoreMode.DEGRADED);
        refusesAtOnce();
        assertThat(lines("MISCONF")).hasSize(1);
        redis.command("CONFIG", "SET", "dir", folder.toString());
        assertThat(redis.command("SAVE")).isEqualTo("OK");
        awaitAll(StoreMode.SHARED);
        refusesAtOnce();
        assertThat(lines("answers again")).isNotEmpty();
    }

    @Test
    void connections_that_somebody_kills() {
        redis = RedisProcess.start();
        open(BreakerSettings.DEFAULTS);
        for (int round = 0; round < 2; round++) {
            said.reset();
            redis.command("CLIENT", "KILL", "TYPE", "pubsub");
            redis.command("CLIENT", "KILL", "TYPE", "normal");
            refusesAtOnce();
            awaitSaid("answers again");
            awaitAll(StoreMode.SHARED);
            refusesAtOnce();
            // Only the first outage of a minute has a line of its own.
            assertThat(lines("answers again").stream().filter(line -> !line.contains("without an answer (")))
                    .hasSizeLessThanOrEqualTo(lines("does not answer").size());
        }
        fleet.all().get(1).circuit.reset("test").toCompletableFuture().join();
        fleet.awaitState(State.CLOSED);
    }

    @Test
    void a_pause_of_all_clients() {
        redis = RedisProcess.start();
        open(Settings.with(s -> {
            s.timeoutMillis = 300;
            s.halfOpenTimeoutMillis = 600_000;
        }));
        fleet.awaitState(State.HALF_OPEN);
        List<Permit> trials = new ArrayList<>();
        await().atMost(Fleet.PATIENCE).until(() -> {
            Permit permit = fleet.all().get(trials.size() % 2).ask();
            if (permit.granted()) {
                trials.add(permit);
            }
            return trials.size() == 3;
        });
        // Longer than a lease lasts.
        assertThat(redis.command("CLIENT", "PAUSE", "7000")).isEqualTo("OK");
        awaitAll(StoreMode.DEGRADED);
        // Its own trials run still: it gives itself no more.
        refusesAtOnce();
        assertThat(lines("does not answer (")).hasSize(1);
        awaitAll(StoreMode.SHARED);
        for (int i = 0; i < 20; i++) {
            assertThat(fleet.all().get(i % 2).ask().granted())
                    .as("the quota is out")
                    .isFalse();
        }
        fleet.all().get(0).circuit.reset("test").toCompletableFuture().join();
        fleet.awaitState(State.CLOSED);
    }

    @Test
    void a_password_that_is_changed_and_reloaded() {
        redis = RedisProcess.start();
        redis.command("ACL", "SETUSER", "agent", "on", ">old", "allkeys", "allchannels", "+@all");
        Instance a = fleet.join(as("agent:old"), BreakerSettings.DEFAULTS).awaitMode(StoreMode.SHARED);
        Instance b = fleet.join(as("agent:old"), BreakerSettings.DEFAULTS).awaitMode(StoreMode.SHARED);
        a.fail(5);
        fleet.awaitState(State.OPEN);
        redis.command("ACL", "SETUSER", "agent", "<old", ">new");
        redis.command("CLIENT", "KILL", "USER", "agent");
        awaitAll(StoreMode.DEGRADED);
        awaitSaid("WRONGPASS");
        refusesAtOnce();
        a.reload(as("agent:new"));
        a.awaitMode(StoreMode.SHARED);
        assertThat(b.mode()).isEqualTo(StoreMode.DEGRADED);
        b.reload(as("agent:new"));
        b.awaitMode(StoreMode.SHARED);
        refusesAtOnce();
        assertThat(lines("(WRONGPASS")).hasSize(1);
        assertThat(said.toString(StandardCharsets.UTF_8))
                .doesNotContain("agent:new")
                .doesNotContain("agent:old");
    }

    @Test
    void another_redis_is_not_gone_to_without_a_restart() {
        redis = RedisProcess.start();
        Instance a = fleet.join(redis, BreakerSettings.DEFAULTS).awaitMode(StoreMode.SHARED);
        RedisConfig elsewhere = new RedisConfig("redis://127.0.0.1:1", List.of(), "circuit_breaker", 0);
        assertThat(a.stores.isAt(elsewhere)).isFalse();
        assertThat(a.stores.isAt(as("agent:new"))).isTrue();
        a.reload(elsewhere);
        redis.command("CLIENT", "KILL", "TYPE", "pubsub");
        awaitSaid("answers again");
        a.awaitMode(StoreMode.SHARED);
    }

    @Test
    void one_command_that_is_forbidden() {
        redis = RedisProcess.start();
        open(BreakerSettings.DEFAULTS);
        assertThat(redis.command("ACL", "SETUSER", "default", "-hset")).isEqualTo("OK");
        awaitAll(StoreMode.DEGRADED);
        refusesAtOnce();
        // It takes connections and the write that proves them, again and again, and refuses what they are for.
        await().atMost(Fleet.PATIENCE)
                .until(() -> AgentLog.told().stream()
                        .anyMatch(warning -> warning.message().contains(":" + redis.port) && warning.times() > 8));
        assertThat(lines("does not answer (")).hasSize(1);
        assertThat(lines("answers again"))
                .hasSizeLessThanOrEqualTo(2 * fleet.all().size());
        said.reset();
        assertThat(redis.command("ACL", "SETUSER", "default", "+hset")).isEqualTo("OK");
        awaitSaid("answers again");
        awaitAll(StoreMode.SHARED);
        refusesAtOnce();
    }

    /** Two instances that found the circuit open. */
    private Instance open(BreakerSettings settings) {
        Instance a = fleet.join(redis, settings).awaitMode(StoreMode.SHARED);
        fleet.join(redis, settings).awaitMode(StoreMode.SHARED);
        a.fail(5);
        await().atMost(Fleet.PATIENCE)
                .until(() -> fleet.all().stream().noneMatch(one -> one.circuit.state() == State.CLOSED));
        return a;
    }

    private RedisConfig as(String credentials) {
        return new RedisConfig("redis://" + credentials + "@127.0.0.1:" + redis.port, List.of(), "circuit_breaker", 0);
    }

    private void refusesAtOnce() {
        List<Long> took = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            long begin = System.nanoTime();
            assertThat(fleet.all().get(i % fleet.all().size()).ask().granted()).isFalse();
            took.add(System.nanoTime() - begin);
        }
        took.sort(null);
        assertThat(Duration.ofNanos(took.get(took.size() / 2))).isLessThan(AT_ONCE);
    }

    private void awaitAll(StoreMode mode) {
        fleet.all().forEach(instance -> instance.awaitMode(mode));
    }

    private void awaitSaid(String words) {
        await().atMost(Fleet.PATIENCE).until(() -> !lines(words).isEmpty());
    }

    private List<String> lines(String words) {
        return said.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains(words))
                .toList();
    }

    private void awaitKey(String key, String value) {
        await().atMost(Fleet.PATIENCE).until(() -> value.equals(redis.command("GET", key)));
    }
}
