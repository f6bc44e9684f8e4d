package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.State;
import dev.resilience.breaker.StoreMode;
import dev.resilience.config.AgentConfig.RedisConfig;
import dev.resilience.store.Fleet.Instance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A fleet over each kind of Redis, with real servers. */
class RedisTopologiesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int SLOTS = 16_384;

    private final List<RedisProcess> servers = new ArrayList<>();
    private final Fleet fleet = new Fleet();

    @AfterEach
    void stop() {
        fleet.close();
        servers.forEach(RedisProcess::close);
    }

    @Test
    void a_password_an_acl_user_and_a_database_of_its_own() {
        RedisProcess redis = started(RedisProcess.start("--requirepass", "s3cret"));
        String made = redis.command(
                "s3cret",
                List.of(
                        "ACL",
                        "SETUSER",
                        "agent",
                        "on",
                        ">pa55",
                        "~cb:*",
                        "resetchannels",
                        "&cb:*",
                        "+@all",
                        "-@dangerous",
                        "+info"));
        assertThat(made).isEqualTo("OK");
        Instance a = join(new RedisConfig("redis://:s3cret@127.0.0.1:" + redis.port + "/3", List.of(), "cb", 0));
        Instance b = join(new RedisConfig("redis://agent:pa55@127.0.0.1:" + redis.port + "/3", List.of(), "cb", 0));
        a.fail(5);
        fleet.awaitState(State.OPEN);
        assertThat(b.mode()).isEqualTo(StoreMode.SHARED);
    }

    @Test
    void sentinels_lead_to_the_new_master() {
        RedisProcess master = started(RedisProcess.start());
        RedisProcess replica = started(RedisProcess.start("--replicaof", "127.0.0.1", "" + master.port));
        await().atMost(PATIENCE)
                .until(() -> replica.command("INFO", "replication").contains("master_link_status:up"));
        RedisProcess sentinel = started(RedisProcess.sentinel(master.port));
        RedisConfig config = new RedisConfig(
                "redis-sentinel://127.0.0.1:" + sentinel.port + "/0#mymaster", List.of(), "circuit_breaker", 0);
        Instance a = join(config);
        Instance b = join(config);
        a.fail(5);
        fleet.awaitState(State.OPEN);
        await().atMost(PATIENCE)
                .until(() -> sentinel.command("SENTINEL", "SLAVES", "mymaster").contains("" + replica.port));
        master.kill();
        a.awaitMode(StoreMode.DEGRADED);
        await().atMost(PATIENCE).until(() -> a.mode() == StoreMode.SHARED && b.mode() == StoreMode.SHARED);
        assertThat(a.circuit.state()).isEqualTo(State.OPEN);
        await().atMost(PATIENCE).until(() -> "OPEN".equals(replica.command("GET", "circuit_breaker:calcom:state")));
        b.circuit.reset("test").toCompletableFuture().join();
        fleet.awaitState(State.CLOSED);
    }

    @Test
    void a_cluster_keeps_each_service_on_one_node() {
        List<RedisProcess> nodes = cluster(3);
        Instance a = join(config(nodes));
        Instance b = join(config(nodes));
        a.fail(5);
        fleet.awaitState(State.OPEN);
        RedisProcess owner = ownerOf(nodes, "calcom");
        assertThat(owner.command("GET", "circuit_breaker:{calcom}:state")).isEqualTo("OPEN");
        b.circuit.reset("test").toCompletableFuture().join();
        fleet.awaitState(State.CLOSED);
    }

    @Test
    void a_node_that_goes_degrades_its_services_and_no_others() {
        List<RedisProcess> nodes = cluster(3);
        Instance a = join(config(nodes));
        String elsewhere = serviceNotOn(nodes, ownerOf(nodes, "calcom"));
        a.registry.apply(Map.of("calcom", BreakerSettings.DEFAULTS, elsewhere, BreakerSettings.DEFAULTS));
        ownerOf(nodes, "calcom").kill();
        await().atMost(PATIENCE).until(() -> a.stores.breakers().mode("calcom") == StoreMode.DEGRADED);
        assertThat(a.mode()).isEqualTo(StoreMode.DEGRADED);
        a.fail(5);
        assertThat(a.circuit.state()).isEqualTo(State.OPEN);
        await().atMost(PATIENCE).until(() -> a.stores.breakers().mode(elsewhere) == StoreMode.SHARED);
        nodes.stream().filter(node -> !node.isAlive()).forEach(RedisProcess::begin);
        await().atMost(PATIENCE).until(() -> a.mode() == StoreMode.SHARED);
        RedisProcess owner = ownerOf(nodes, "calcom");
        await().atMost(PATIENCE).until(() -> "OPEN".equals(owner.command("GET", "circuit_breaker:{calcom}:state")));
    }

    @Test
    void a_slot_that_moves_takes_its_circuit_along() {
        List<RedisProcess> nodes = cluster(2);
        Instance a = join(config(nodes));
        Instance b = join(config(nodes));
        a.fail(5);
        fleet.awaitState(State.OPEN);
        RedisProcess from = ownerOf(nodes, "calcom");
        RedisProcess to = nodes.get(0) == from ? nodes.get(1) : nodes.get(0);
        String slot = from.command("CLUSTER", "KEYSLOT", "{calcom}");
        String owner = to.command("CLUSTER", "MYID");
        for (String key : from.keys("*{calcom}*")) {
            from.command("DEL", key);
        }
        to.command("CLUSTER", "SETSLOT", slot, "NODE", owner);
        from.command("CLUSTER", "SETSLOT", slot, "NODE", owner);
        await().atMost(PATIENCE).until(() -> "OPEN".equals(to.command("GET", "circuit_breaker:{calcom}:state")));
        assertThat(a.circuit.state()).isEqualTo(State.OPEN);
        assertThat(b.circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void a_slot_that_nobody_serves_any_more_keeps_its_circuit_open_and_others_shared() {
        List<RedisProcess> nodes = cluster(2);
        Instance a = join(config(nodes));
        Instance b = join(config(nodes));
        String elsewhere = serviceNotOn(nodes, ownerOf(nodes, "calcom"));
        a.registry.apply(Map.of("calcom", BreakerSettings.DEFAULTS, elsewhere, BreakerSettings.DEFAULTS));
        a.fail(5);
        fleet.awaitState(State.OPEN);
        RedisProcess owner = ownerOf(nodes, "calcom");
        String slot = owner.command("CLUSTER", "KEYSLOT", "{calcom}");
        for (RedisProcess node : nodes) {
            node.command("CLUSTER", "DELSLOTS", slot);
        }
        for (Instance instance : fleet.all()) {
            await().atMost(PATIENCE).until(() -> instance.stores.breakers().mode("calcom") == StoreMode.DEGRADED);
            assertThat(instance.ask().granted()).isFalse();
        }
        await().atMost(PATIENCE).until(() -> a.stores.breakers().mode(elsewhere) == StoreMode.SHARED);
        owner.command("CLUSTER", "ADDSLOTS", slot);
        await().atMost(PATIENCE).until(() -> a.mode() == StoreMode.SHARED && b.mode() == StoreMode.SHARED);
        await().atMost(PATIENCE).until(() -> "OPEN".equals(owner.command("GET", "circuit_breaker:{calcom}:state")));
        b.circuit.reset("test").toCompletableFuture().join();
        fleet.awaitState(State.CLOSED);
    }

    /** As an operator moves slots of a cluster that works: for a while some keys of the circuit are here and some there. */
    @Test
    void a_slot_that_moves_key_by_key_under_traffic_lets_nothing_through_that_is_open() throws InterruptedException {
        List<RedisProcess> nodes = cluster(3);
        BreakerSettings openForLong = Settings.with(s -> s.timeoutMillis = 600_000);
        Instance a = fleet.join(config(nodes), openForLong).awaitMode(StoreMode.SHARED);
        Instance b = fleet.join(config(nodes), openForLong).awaitMode(StoreMode.SHARED);
        a.fail(5);
        fleet.awaitState(State.OPEN);
        RedisProcess from = ownerOf(nodes, "calcom");
        RedisProcess to =
                nodes.stream().filter(node -> node != from).findFirst().orElseThrow();
        AtomicInteger letThrough = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> callers = Stream.of(a, b)
                .map(instance -> new Thread(() -> {
                    while (!over.get()) {
                        (instance.ask().granted() ? letThrough : refused).incrementAndGet();
                        LockSupport.parkNanos(1_000_000);
                    }
                }))
                .toList();
        callers.forEach(Thread::start);
        String slot = from.command("CLUSTER", "KEYSLOT", "{calcom}");
        assertThat(to.command("CLUSTER", "SETSLOT", slot, "IMPORTING", from.command("CLUSTER", "MYID")))
                .isEqualTo("OK");
        assertThat(from.command("CLUSTER", "SETSLOT", slot, "MIGRATING", to.command("CLUSTER", "MYID")))
                .isEqualTo("OK");
        for (String key : from.keys("*{calcom}*")) {
            int before = refused.get();
            from.command("MIGRATE", "127.0.0.1", "" + to.port, key, "0", "10000", "REPLACE");
            await().atMost(PATIENCE).until(() -> refused.get() > before + 500);
        }
        String owner = to.command("CLUSTER", "MYID");
        to.command("CLUSTER", "SETSLOT", slot, "NODE", owner);
        from.command("CLUSTER", "SETSLOT", slot, "NODE", owner);
        await().atMost(PATIENCE).until(() -> a.mode() == StoreMode.SHARED && b.mode() == StoreMode.SHARED);
        await().atMost(PATIENCE).until(() -> "OPEN".equals(to.command("GET", "circuit_breaker:{calcom}:state")));
        over.set(true);
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(letThrough).hasValue(0);
        b.circuit.reset("test").toCompletableFuture().join();
        fleet.awaitState(State.CLOSED);
    }

    private Instance join(RedisConfig config) {
        Instance instance = fleet.join(config, BreakerSettings.DEFAULTS);
        await().atMost(PATIENCE).until(() -> instance.mode() == StoreMode.SHARED);
        return instance;
    }

    private RedisProcess started(RedisProcess server) {
        servers.add(server);
        return server;
    }

    private List<RedisProcess> cluster(int masters) {
        List<RedisProcess> nodes = Stream.generate(RedisProcess::node)
                .limit(masters)
                .map(this::started)
                .toList();
        for (int i = 0; i < masters; i++) {
            Stream<String> slots = IntStream.range(SLOTS * i / masters, SLOTS * (i + 1) / masters)
                    .mapToObj(s -> "" + s);
            nodes.get(i)
                    .command(Stream.concat(Stream.of("CLUSTER", "ADDSLOTS"), slots)
                            .toArray(String[]::new));
            nodes.get(i).command("CLUSTER", "MEET", "127.0.0.1", "" + nodes.get(0).port);
        }
        for (RedisProcess node : nodes) {
            await().atMost(PATIENCE).until(() -> {
                String info = node.command("CLUSTER", "INFO");
                return info.contains("cluster_state:ok") && info.contains("cluster_slots_assigned:" + SLOTS);
            });
        }
        return nodes;
    }

    private static RedisConfig config(List<RedisProcess> nodes) {
        return new RedisConfig(
                null, nodes.stream().map(node -> "127.0.0.1:" + node.port).toList(), "circuit_breaker", 0);
    }

    private static RedisProcess ownerOf(List<RedisProcess> nodes, String service) {
        RedisProcess asked =
                nodes.stream().filter(RedisProcess::isAlive).findFirst().orElseThrow();
        int slot = Integer.parseInt(asked.command("CLUSTER", "KEYSLOT", "{" + service + "}"));
        return nodes.get((int) ((long) slot * nodes.size() / SLOTS));
    }

    private static String serviceNotOn(List<RedisProcess> nodes, RedisProcess node) {
        return IntStream.range(0, 100)
                .mapToObj(i -> "service" + i)
                .filter(name -> ownerOf(nodes, name) != node)
                .findFirst()
                .orElseThrow();
    }
}
