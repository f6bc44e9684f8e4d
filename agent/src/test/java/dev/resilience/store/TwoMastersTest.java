package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.BreakerStore;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Permit;
import dev.resilience.breaker.Snapshot;
import dev.resilience.breaker.State;
import dev.resilience.breaker.StoreMode;
import dev.resilience.config.Mode;
import dev.resilience.store.Fleet.Instance;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A partition in which a replica was made a master while the other one lived on: both answer, two instances each, until it heals
 * and the replica's are led back.
 */
class TwoMastersTest {

    private static final long OPEN_MILLIS = 4_000;

    /** By so much two words of when an OPEN ends may differ. */
    private static final long LATE_MILLIS = 500;

    /** By more than so much one of two words must be later, to be so for all. */
    private static final long DOUBT_MILLIS = BreakerStore.SILENCE_MILLIS + 200;

    private static final BreakerSettings SETTINGS = Settings.with(s -> s.timeoutMillis = OPEN_MILLIS);

    /** Of the servers: what one was sent by another it writes there. */
    @TempDir
    Path directory;

    private final Fleet fleet = new Fleet();
    private RedisProcess master;
    private RedisProcess replica;
    private Wire theirs;
    private Wire ours;
    private List<Instance> staying;
    private List<Instance> parted;

    /** Whose store was away, for how short a time ever. */
    private final Set<Instance> wereAway = ConcurrentHashMap.newKeySet();

    @BeforeEach
    void start() {
        String own = directory.toString();
        master = RedisProcess.start("--dir", own, "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0");
        replica = RedisProcess.start("--dir", own, "--replicaof", "127.0.0.1", "" + master.port);
        await().atMost(Fleet.PATIENCE)
                .until(() -> replica.command("INFO", "replication").contains("master_link_status:up"));
        ours = new Wire(master);
        theirs = new Wire(master);
        staying = List.of(join(ours), join(ours));
        parted = List.of(join(theirs), join(theirs));
    }

    @AfterEach
    void stop() {
        fleet.close();
        ours.close();
        theirs.close();
        replica.close();
        master.close();
    }

    @Test
    void what_both_sides_opened_in_the_same_epoch_stays_open_until_the_later_end() throws InterruptedException {
        part();
        open(staying);
        Thread.sleep(1_500);
        long opened = open(parted);
        heal();
        awaitOpenUntil(opened, fleet.all());
        assertThat(millisSince(opened)).isLessThan(OPEN_MILLIS + 5_000);
        recover();
    }

    @Test
    void a_later_open_stays_open_though_the_side_that_is_given_up_had_closed_and_counted_further()
            throws InterruptedException {
        part();
        openAndReset(parted);
        Thread.sleep(DOUBT_MILLIS);
        long opened = open(staying);
        assertThat(parted.get(0).circuit.view().epoch())
                .isGreaterThan(staying.get(0).circuit.view().epoch());
        heal();
        awaitOpenUntil(opened, fleet.all());
        recover();
    }

    @Test
    void who_comes_with_a_later_open_keeps_it_for_its_time() throws InterruptedException {
        part();
        openAndReset(staying);
        Thread.sleep(DOUBT_MILLIS);
        long opened = open(parted);
        heal();
        awaitOpenUntil(opened, parted);
        recover();
    }

    private void openAndReset(List<Instance> side) {
        side.get(0).fail(5);
        fleetOf(side, State.OPEN);
        side.get(0).circuit.reset("ada").toCompletableFuture().join();
        fleetOf(side, State.CLOSED);
    }

    /** The replica still says what its master said last. */
    @Test
    void a_mode_that_is_given_back_while_the_master_is_down_is_given_back_also_by_the_replica_that_takes_over() {
        Instance ordering = staying.get(0);
        ordering.registry
                .mode("calcom", Mode.FORCED_OPEN, Duration.ofHours(2), "works", "ada")
                .toCompletableFuture()
                .join();
        fleet.all().forEach(i -> await().atMost(Fleet.PATIENCE).until(() -> i.circuit.mode() == Mode.FORCED_OPEN));
        await().atMost(Fleet.PATIENCE).until(() -> "FORCED_OPEN".equals(ordered(replica)));

        master.kill();
        fleet.all().forEach(i -> i.awaitMode(StoreMode.DEGRADED));
        ordering.registry
                .mode("calcom", null, null, "done", "ada")
                .toCompletableFuture()
                .join();
        assertThat(ordering.circuit.mode()).isEqualTo(Mode.ENFORCE);
        assertThat(parted.get(0).circuit.mode()).isEqualTo(Mode.FORCED_OPEN);
        replica.command("REPLICAOF", "NO", "ONE");
        assertThat(ordered(replica)).isEqualTo("FORCED_OPEN");
        // Those that know least are there first.
        theirs.leadTo(replica);
        parted.forEach(i -> i.awaitMode(StoreMode.SHARED));
        ours.leadTo(replica);

        fleet.all().forEach(i -> await().atMost(Fleet.PATIENCE).until(() -> i.circuit.mode() == Mode.ENFORCE));
        await().atMost(Fleet.PATIENCE).until(() -> ordered(replica).isEmpty());
        assertThat(join(theirs).awaitMode(StoreMode.SHARED).circuit.mode()).isEqualTo(Mode.ENFORCE);
    }

    private static String ordered(RedisProcess redis) {
        return redis.command("HGET", "circuit_breaker:calcom:ledger", "order_mode");
    }

    private Instance join(Wire wire) {
        Instance joined = fleet.join(wire.config(), SETTINGS).awaitMode(StoreMode.SHARED);
        joined.stores.breakers().watch(new BreakerStore.Watcher() {
            @Override
            public void changed(Snapshot snapshot) {
                // Seen by the instance.
            }

            @Override
            public void modeChanged(StoreMode mode) {
                if (mode == StoreMode.DEGRADED) {
                    wereAway.add(joined);
                }
            }
        });
        return joined;
    }

    private void part() {
        replica.command("REPLICAOF", "NO", "ONE");
        lead(replica);
    }

    private void heal() {
        lead(master);
        replica.command("REPLICAOF", "127.0.0.1", "" + master.port);
    }

    private void lead(RedisProcess to) {
        wereAway.clear();
        theirs.leadTo(to);
        await().atMost(Fleet.PATIENCE).until(() -> wereAway.containsAll(parted));
        parted.forEach(instance -> instance.awaitMode(StoreMode.SHARED));
    }

    /** @return about when, nanoseconds */
    private static long open(List<Instance> side) {
        long now = System.nanoTime();
        side.get(0).fail(5);
        fleetOf(side, State.OPEN);
        return now;
    }

    private static void fleetOf(List<Instance> side, State state) {
        for (Instance instance : side) {
            await().atMost(Fleet.PATIENCE).until(() -> instance.circuit.state() == state);
        }
    }

    private static long millisSince(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos).toMillis();
    }

    /** Until then none of them lets anything through, also not at once after they met. */
    private static void awaitOpenUntil(long opened, List<Instance> instances) throws InterruptedException {
        for (Instance instance : instances) {
            await().atMost(Duration.ofSeconds(3)).until(() -> instance.circuit.state() == State.OPEN);
        }
        while (millisSince(opened) < OPEN_MILLIS - LATE_MILLIS) {
            for (Instance instance : instances) {
                assertThat(instance.circuit.state())
                        .as("%d ms after", millisSince(opened))
                        .isEqualTo(State.OPEN);
            }
            Thread.sleep(50);
        }
        for (Instance instance : instances) {
            await().atMost(Fleet.PATIENCE).until(() -> instance.circuit.state() != State.OPEN);
        }
    }

    /** By trials within one quota, where there are any to be made; and all agree. */
    private void recover() {
        await().atMost(Fleet.PATIENCE).until(() -> {
            Map<Instance, Permit> trials = new HashMap<>();
            for (Instance instance : fleet.all()) {
                Permit permit = instance.ask();
                if (permit.granted() && permit.trial()) {
                    trials.put(instance, permit);
                }
            }
            assertThat(trials).hasSizeLessThanOrEqualTo(SETTINGS.halfOpenQuota());
            trials.forEach((holder, trial) -> holder.settle(trial, Outcome.SUCCESS));
            return fleet.all().stream().allMatch(i -> i.circuit.state() == State.CLOSED);
        });
        long epoch = staying.get(0).circuit.view().epoch();
        fleet.all()
                .forEach(i -> await().atMost(Fleet.PATIENCE)
                        .until(() -> i.circuit.view().epoch() == epoch));
        assertThat(master.command("GET", "circuit_breaker:calcom:state")).isEqualTo("CLOSED");
    }
}
