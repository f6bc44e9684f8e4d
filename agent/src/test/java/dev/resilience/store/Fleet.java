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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** Instances on the JVM's own clocks, each with connections of its own, over one real Redis. */
final class Fleet implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long FAST = Duration.ofMillis(10).toNanos();

    private final List<Instance> instances = new ArrayList<>();

    Instance join(RedisProcess redis, BreakerSettings settings) {
        return join(redis.config(), settings);
    }

    Instance join(RedisConfig config, BreakerSettings settings) {
        Instance instance = new Instance("i" + instances.size(), config, settings);
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

        private Instance(String name, RedisConfig config, BreakerSettings settings) {
            scheduler = Executors.newSingleThreadScheduledExecutor(TestThreads.daemons());
            stores = Stores.of(config, name, TestThreads.daemons(), Path.of("target", "state"));
            registry = new CircuitRegistry(stores.breakers(), name, scheduler);
            registry.addListener(transitions::add);
            registry.apply(Map.of("calcom", settings));
            registry.start();
            circuit = registry.find("calcom");
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
