package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Permit;
import dev.resilience.breaker.State;
import dev.resilience.breaker.StoreMode;
import dev.resilience.config.Mode;
import dev.resilience.store.Fleet.Instance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two instances, a real server, and what can befall it. */
class RedisFaultsTest {

    private static final Duration PATIENCE = Fleet.PATIENCE;

    /** A call that waits longer than this waited for Redis. */
    private static final Duration AT_ONCE = Duration.ofMillis(500);

    private final Fleet fleet = new Fleet();
    private RedisProcess redis;

    @BeforeEach
    void startServer() {
        redis = RedisProcess.start();
    }

    @AfterEach
    void stop() {
        fleet.close();
        redis.close();
    }

    @Test
    void another_instance_learns_of_open_without_a_call() {
        Instance a = join();
        Instance b = join();
        List<Duration> taken = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            long begin = System.nanoTime();
            a.fail(5);
            assertThat(a.circuit.state()).isEqualTo(State.OPEN);
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(2)).until(() -> b.circuit.state() == State.OPEN);
            taken.add(Duration.ofNanos(System.nanoTime() - begin));
            assertThat(b.ask().granted()).isFalse();
            b.circuit.reset("test").toCompletableFuture().join();
            fleet.awaitState(State.CLOSED);
        }
        // The median, because a busy machine may stop any one of them.
        taken.sort(null);
        assertThat(taken.get(2)).isLessThan(Duration.ofMillis(250));
    }

    @Test
    void a_mode_ordered_at_run_time_holds_for_one_that_starts_while_the_store_is_away() {
        Instance before = join();
        before.registry
                .mode("calcom", Mode.FORCED_OPEN, Duration.ofHours(2), "works", "ada")
                .toCompletableFuture()
                .join();
        await().atMost(PATIENCE).until(() -> before.isKept("modes.json"));
        redis.kill();
        before.close();
        Instance after = fleet.again(before, redis.config(), BreakerSettings.DEFAULTS);
        await().atMost(PATIENCE).until(() -> after.circuit.mode() == Mode.FORCED_OPEN);
        assertThat(after.circuit.order().reason()).isEqualTo("works");
        assertThat(after.circuit.order().remainingMillis())
                .isBetween(
                        Duration.ofMinutes(110).toMillis(), Duration.ofHours(2).toMillis());
    }

    /** What it was told before it was stopped it hears when it wakes, with what was left of the mode then. */
    @Test
    void a_mode_that_ended_while_the_server_was_stopped_does_not_come_back_with_it() throws InterruptedException {
        Instance a = join();
        Instance b = join();
        a.registry
                .mode("calcom", Mode.FORCED_OPEN, Duration.ofSeconds(7), "works", "ada")
                .toCompletableFuture()
                .join();
        await().atMost(PATIENCE).until(() -> b.circuit.mode() == Mode.FORCED_OPEN);
        redis.pause();
        List<Instance> both = List.of(a, b);
        both.forEach(i -> i.awaitMode(StoreMode.DEGRADED));
        both.forEach(i -> await().atMost(PATIENCE).until(() -> i.circuit.mode() == Mode.ENFORCE));
        redis.resume();
        both.forEach(i -> i.awaitMode(StoreMode.SHARED));
        for (int tenth = 0; tenth < 20; tenth++) {
            assertThat(both).allMatch(i -> i.circuit.mode() == Mode.ENFORCE);
            Thread.sleep(100);
        }
        assertThat(redis.command("GET", "circuit_breaker:calcom:state")).isEqualTo("CLOSED");
    }

    @Test
    void a_mode_that_was_kept_here_is_not_brought_to_a_store_that_answers() {
        Instance before = join();
        before.registry
                .mode("calcom", Mode.FORCED_OPEN, null, "works", "ada")
                .toCompletableFuture()
                .join();
        await().atMost(PATIENCE).until(() -> before.isKept("modes.json"));
        before.close();
        redis.command("FLUSHALL");
        Instance after =
                fleet.again(before, redis.config(), BreakerSettings.DEFAULTS).awaitMode(StoreMode.SHARED);
        await().atMost(PATIENCE).until(() -> "CLOSED".equals(redis.command("GET", "circuit_breaker:calcom:state")));
        assertThat(after.circuit.mode()).isEqualTo(Mode.ENFORCE);
    }

    @Test
    void the_key_that_people_read_says_what_an_ordered_mode_holds_as_long_as_it_does() {
        Instance a = join();
        order(a, Mode.FORCED_OPEN, null);
        assertThat(redis.command("GET", "circuit_breaker:calcom:state")).isEqualTo("OPEN");
        assertThat(Long.parseLong(redis.command("TTL", "circuit_breaker:calcom:state")))
                .isGreaterThan(Duration.ofDays(29).toSeconds());
        order(a, null, null);
        assertThat(redis.command("GET", "circuit_breaker:calcom:state")).isEqualTo("CLOSED");

        a.fail(5);
        awaitKey("circuit_breaker:calcom:state", "OPEN");
        for (Mode closing : List.of(Mode.FORCED_CLOSED, Mode.DISABLED)) {
            order(a, closing, Duration.ofDays(2));
            assertThat(redis.command("GET", "circuit_breaker:calcom:state")).isEqualTo("CLOSED");
            assertThat(Long.parseLong(redis.command("TTL", "circuit_breaker:calcom:state")))
                    .isBetween(
                            Duration.ofDays(1).toSeconds(), Duration.ofDays(2).toSeconds());
        }
        order(a, Mode.MONITOR, null);
        assertThat(redis.command("GET", "circuit_breaker:calcom:state")).isEqualTo("OPEN");
        assertThat(a.circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void failures_of_all_instances_count_together() {
        Instance a = join();
        Instance b = join();
        a.fail(3);
        b.fail(2);
        fleet.awaitState(State.OPEN);
        assertThat(redis.command("GET", "circuit_breaker:calcom:state")).isEqualTo("OPEN");
        assertThat(redis.command("GET", "circuit_breaker:calcom:failures")).isEqualTo("5");
        assertThat(redis.command("GET", "circuit_breaker:calcom:successes")).isEqualTo("0");
        assertThat(redis.command("GET", "circuit_breaker:calcom:half_open_quota"))
                .isEqualTo("3");
        assertThat(Long.parseLong(redis.command("GET", "circuit_breaker:calcom:last_failure")))
                .isBetween(System.currentTimeMillis() / 1_000 - 60, System.currentTimeMillis() / 1_000 + 1);
    }

    @Test
    void every_key_has_an_expiry_that_outlives_the_state() {
        join().fail(5);
        await().atMost(PATIENCE)
                .until(() -> !redis.keys("circuit_breaker:calcom:*").isEmpty());
        for (String key : redis.keys("*")) {
            long seconds = Long.parseLong(redis.command("TTL", key));
            assertThat(seconds).as(key).isGreaterThan(key.endsWith(":ping") ? 0 : 80_000);
        }
    }

    /** Nor of when that was, by which a permit may be over. */
    @Test
    void a_server_that_took_over_and_has_not_heard_of_permits_gives_none_before_their_holders_have_told_it() {
        BreakerSettings settings = Settings.with(s -> s.timeoutMillis = 300);
        Instance holder = join(settings);
        Instance other = join(settings);
        holder.fail(5);
        fleet.awaitState(State.HALF_OPEN);
        await().atMost(PATIENCE).until(() -> holder.ask().granted());
        String ledger = "circuit_breaker:calcom:ledger";
        for (String field : redis.command("HKEYS", ledger).split("\\s+")) {
            if (field.startsWith("l:")) {
                redis.command("HDEL", ledger, field);
            }
        }
        redis.command("HSET", ledger, "server", "a".repeat(40), "granted", "1");
        assertThat(other.ask().granted()).isFalse();
        await().atMost(PATIENCE).until(() -> other.ask().granted());
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(redis.command("HKEYS", ledger).lines().filter(field -> field.startsWith("l:")))
                                .as("the permit of the holder beside the other's")
                                .hasSizeGreaterThanOrEqualTo(2));
    }

    @Test
    void trials_never_exceed_the_quota_in_the_fleet() {
        List<Instance> instances = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            instances.add(join(Settings.with(s -> s.timeoutMillis = 300)));
        }
        instances.get(0).fail(5);
        fleet.awaitState(State.HALF_OPEN);
        List<Permit> trials = new ArrayList<>();
        long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
        while (System.nanoTime() < end) {
            for (Instance instance : instances) {
                Permit permit = instance.ask();
                if (permit.granted()) {
                    assertThat(permit.trial()).isTrue();
                    trials.add(permit);
                }
            }
        }
        assertThat(trials).hasSize(3);
    }

    @Test
    void the_fleet_closes_together() {
        Instance a = join(Settings.with(s -> s.timeoutMillis = 300));
        Instance b = join(Settings.with(s -> s.timeoutMillis = 300));
        a.fail(5);
        fleet.awaitState(State.HALF_OPEN);
        succeedATrial(a);
        succeedATrial(b);
        fleet.awaitState(State.CLOSED);
    }

    @Test
    void redis_absent_at_start_degrades_and_joins_later() {
        redis.kill();
        Instance a = join();
        Instance b = join();
        assertThat(a.mode()).isEqualTo(StoreMode.DEGRADED);
        a.fail(5);
        assertThat(a.circuit.state()).isEqualTo(State.OPEN);
        assertThat(b.circuit.state()).isEqualTo(State.CLOSED);
        redis.begin();
        fleet.awaitState(State.OPEN);
        a.awaitMode(StoreMode.SHARED);
    }

    @Test
    void redis_killed_and_started_again_empty_forgets_nothing() {
        Instance a = join();
        Instance b = join();
        a.fail(5);
        fleet.awaitState(State.OPEN);
        redis.kill();
        a.awaitMode(StoreMode.DEGRADED);
        b.awaitMode(StoreMode.DEGRADED);
        assertThat(a.ask().granted()).isFalse();
        redis.begin();
        a.awaitMode(StoreMode.SHARED);
        awaitKey("circuit_breaker:calcom:state", "OPEN");
        assertThat(a.circuit.state()).isEqualTo(State.OPEN);
        assertThat(b.circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void a_paused_server_is_noticed_and_keeps_nobody_waiting() {
        Instance a = join(Settings.with(s -> s.timeoutMillis = 500));
        a.fail(5);
        fleet.awaitState(State.HALF_OPEN);
        redis.pause();
        long slowest = 0;
        for (int i = 0; i < 200 && a.mode() != StoreMode.DEGRADED; i++) {
            long begin = System.nanoTime();
            Permit permit = a.ask();
            slowest = Math.max(slowest, System.nanoTime() - begin);
            a.settle(permit, Outcome.IGNORED);
        }
        assertThat(Duration.ofNanos(slowest)).isLessThan(AT_ONCE);
        a.awaitMode(StoreMode.DEGRADED);
        await().atMost(PATIENCE).until(() -> {
            Permit permit = a.ask();
            boolean granted = permit.granted();
            a.settle(permit, Outcome.SUCCESS);
            return granted;
        });
        redis.resume();
        a.awaitMode(StoreMode.SHARED);
    }

    /** Far longer than leases last, and than its clock is trusted for. */
    @Test
    void after_thirty_seconds_of_a_stopped_server_trials_that_still_run_count_within_the_quota() {
        Instance a = join(Settings.with(s -> s.timeoutMillis = 500));
        Instance b = join(Settings.with(s -> s.timeoutMillis = 500));
        a.fail(5);
        fleet.awaitState(State.HALF_OPEN);
        await().atMost(PATIENCE).until(() -> a.ask().granted());
        await().atMost(PATIENCE).until(() -> a.ask().granted());
        redis.pause();
        int granted = 2 + grantedIn(Duration.ofSeconds(30));
        assertThat(granted).as("one more, which b gave itself").isLessThanOrEqualTo(3);
        redis.resume();
        a.awaitMode(StoreMode.SHARED);
        b.awaitMode(StoreMode.SHARED);
        assertThat(granted + grantedIn(Duration.ofSeconds(4))).isEqualTo(3);
        assertThat(fleet.all()).allMatch(instance -> instance.circuit.state() == State.HALF_OPEN);
    }

    private int grantedIn(Duration time) {
        int granted = 0;
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            for (Instance instance : fleet.all()) {
                granted += instance.ask().granted() ? 1 : 0;
            }
            await().pollDelay(Duration.ofMillis(20)).until(() -> true);
        }
        return granted;
    }

    @Test
    void flushall_is_healed_by_the_instances() {
        Instance a = join();
        Instance b = join();
        a.fail(5);
        fleet.awaitState(State.OPEN);
        redis.command("FLUSHALL");
        awaitKey("circuit_breaker:calcom:state", "OPEN");
        assertThat(a.circuit.state()).isEqualTo(State.OPEN);
        assertThat(b.circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void keys_changed_by_hand_are_put_right() {
        join().fail(5);
        awaitKey("circuit_breaker:calcom:state", "OPEN");
        redis.command("SET", "circuit_breaker:calcom:state", "CLOSED");
        redis.command("DEL", "circuit_breaker:calcom:failures");
        redis.command("DEL", "circuit_breaker:calcom:successes");
        redis.command("LPUSH", "circuit_breaker:calcom:successes", "nonsense");
        awaitKey("circuit_breaker:calcom:state", "OPEN");
        awaitKey("circuit_breaker:calcom:failures", "5");
        awaitKey("circuit_breaker:calcom:successes", "0");
        redis.command("DEL", "circuit_breaker:calcom:ledger");
        redis.command("SET", "circuit_breaker:calcom:ledger", "nonsense");
        awaitKey("circuit_breaker:calcom:state", "OPEN");
        await().atMost(PATIENCE)
                .until(() ->
                        redis.command("TYPE", "circuit_breaker:calcom:ledger").equals("hash"));
        fleet.awaitState(State.OPEN);
    }

    @Test
    void a_server_that_forgot_the_scripts_is_told_again() {
        Instance a = join();
        Instance b = join();
        a.fail(1);
        awaitKey("circuit_breaker:calcom:failures", "1");
        redis.command("SCRIPT", "FLUSH");
        a.fail(4);
        fleet.awaitState(State.OPEN);
        assertThat(b.mode()).isEqualTo(StoreMode.SHARED);
    }

    @Test
    void a_server_that_takes_no_writes_degrades() {
        Instance a = join();
        redis.command("REPLICAOF", "127.0.0.1", "1");
        a.fail(5);
        a.awaitMode(StoreMode.DEGRADED);
        assertThat(a.circuit.state()).isEqualTo(State.OPEN);
        redis.command("REPLICAOF", "NO", "ONE");
        a.awaitMode(StoreMode.SHARED);
        awaitKey("circuit_breaker:calcom:state", "OPEN");
    }

    @Test
    void a_full_server_degrades() {
        Instance a = join();
        redis.command("CONFIG", "SET", "maxmemory", "1");
        a.fail(1);
        a.awaitMode(StoreMode.DEGRADED);
        redis.command("CONFIG", "SET", "maxmemory", "0");
        a.awaitMode(StoreMode.SHARED);
    }

    @Test
    void reset_closes_everywhere() {
        Instance a = join();
        Instance b = join();
        a.fail(5);
        fleet.awaitState(State.OPEN);
        b.circuit.reset("ada\nlovelace").toCompletableFuture().join();
        fleet.awaitState(State.CLOSED);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(a.transitions)
                        .last()
                        .extracting(t -> t.reason())
                        .isEqualTo("reset by ada lovelace"));
    }

    private Instance join() {
        return join(BreakerSettings.DEFAULTS);
    }

    private Instance join(BreakerSettings settings) {
        Instance instance = fleet.join(redis, settings);
        if (redis.isAlive()) {
            instance.awaitMode(StoreMode.SHARED);
        }
        return instance;
    }

    private void succeedATrial(Instance instance) {
        await().atMost(PATIENCE).until(() -> {
            Permit permit = instance.ask();
            instance.settle(permit, Outcome.SUCCESS);
            return permit.granted();
        });
    }

    private static void order(Instance instance, Mode mode, Duration lasting) {
        instance.registry
                .mode("calcom", mode, lasting, "works", "ada")
                .toCompletableFuture()
                .join();
    }

    private void awaitKey(String key, String value) {
        await().atMost(PATIENCE).until(() -> value.equals(redis.command("GET", key)));
    }
}
