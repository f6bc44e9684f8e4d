package dev.resilience.store;

import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Permit;
import dev.resilience.breaker.State;
import dev.resilience.breaker.StoreMode;
import dev.resilience.breaker.Transition;
import dev.resilience.config.AgentConfig.RedisConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** Instances on the JVM's own clocks, each with connections of its own, over one real Redis. */
final class Fleet implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long FAST = Duration.ofMillis(10).toNanos();

    private final List<Instance> instances = new ArrayList<>();

    /** Below which each has a state directory of its own. */
    private final Path directory = Path.of("target", "state", UUID.randomUUID().toString());

    Instance join(RedisProcess redis, BreakerSettings settings) {
        return join(redis.config(), settings);
    }

    Instance join(RedisConfig config, BreakerSettings settings) {
        return join("i" + instances.size(), config, settings);
    }

    /** One that starts on the disk of another that is gone. */
    Instance again(Instance before, RedisConfig config, BreakerSettings settings) {
        return join(before.name, config, settings);
    }

    private Instance join(String name, RedisConfig config, BreakerSettings settings) {
        Instance instance = new Instance(name, directory.resolve(name), config, settings);
        instances.add(instance);
        return instance;
    }

    List<Instance> all() {
        return instances;
    }

    void awaitState(State state) {
        for (Instance instance : instances) {
            await().atMost(PATIENCE).until(() -> instance.circuit.state() == state);
        }
    }

    @Override
    public void close() {
        instances.forEach(Instance::close);
    }

    static final class Instance implements AutoCloseable {

        final List<Transition> transitions = new CopyOnWriteArrayList<>();
        final Stores stores;
        final CircuitRegistry registry;
        final Circuit circuit;
        private final ScheduledExecutorService scheduler;
        private final String name;
        private final Path stateDir;

        private Instance(String name, Path stateDir, RedisConfig config, BreakerSettings settings) {
            this.name = name;
            this.stateDir = stateDir;
            scheduler = Executors.newSingleThreadScheduledExecutor(TestThreads.daemons());
            stores = Stores.of(config, name, TestThreads.daemons(), stateDir);
            registry = new CircuitRegistry(stores.breakers(), name, scheduler);
            registry.addListener(transitions::add);
            registry.apply(Map.of("calcom", settings));
            registry.start();
            circuit = registry.find("calcom");
        }

        /** As after a change of its configuration. */
        void reload(RedisConfig changed) {
            stores.take(changed);
        }

        /** Whether it has a file of the name on its disk. */
        boolean isKept(String file) {
            return Files.exists(stateDir.resolve(file));
        }

        StoreMode mode() {
            return registry.mode();
        }

        Instance awaitMode(StoreMode mode) {
            await().atMost(PATIENCE).until(() -> mode() == mode);
            return this;
        }

        Permit ask() {
            return circuit.tryAcquire();
        }

        void settle(Permit permit, Outcome outcome) {
            circuit.settle(permit, outcome, FAST);
        }

        void fail(int calls) {
            for (int i = 0; i < calls; i++) {
                settle(ask(), Outcome.FAILURE);
            }
        }

        void succeed(int calls) {
            for (int i = 0; i < calls; i++) {
                settle(ask(), Outcome.SUCCESS);
            }
        }

        @Override
        public void close() {
            registry.close();
            stores.close();
            scheduler.shutdownNow();
        }
    }
}
