package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.breaker.FakeTime;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.Environment;
import dev.resilience.fallback.AnswerKeys;
import dev.resilience.fallback.AnswerStore;
import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.FallbackChains;
import dev.resilience.fallback.QueuedCall;
import dev.resilience.guard.CallGuard;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.JdbcCall;
import dev.resilience.guard.Ruling;
import dev.resilience.instrument.Clients;
import dev.resilience.instrument.Gates;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import dev.resilience.instrument.Weaver;
import dev.resilience.metrics.CallMetrics;
import dev.resilience.metrics.EndpointFigures;
import dev.resilience.store.LocalStore;
import dev.resilience.telemetry.CallTracer;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import net.bytebuddy.agent.ByteBuddyAgent;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The whole of it in this JVM, but for the jar: woven drivers and pools, a real guard, circuits under fake time. */
final class JdbcUnderTest implements AutoCloseable, AfterEachCallback {

    private final long failuresBefore = Bridge.failures();

    final Answers answers = new Answers();

    /** Calls that were to be taken in charge. */
    final List<QueuedCall> offered = new CopyOnWriteArrayList<>();

    private final FakeTime fake = new FakeTime();
    private final LongSupplier time = () -> {
        synchronized (fake) {
            return fake.getAsLong();
        }
    };
    final CircuitRegistry circuits;
    private final CallMetrics metrics = new CallMetrics(time);
    private final Weaver weaver;
    private final CallGuard guard;

    JdbcUnderTest(String yaml) {
        circuits = new CircuitRegistry(
                new LocalStore(time, this::unixMillis), "one", oneAtATime(), time, this::unixMillis);
        AgentConfig config = config(yaml);
        FallbackChains chains = new FallbackChains(answers, AnswerKeys.of(config), noCalls(), this::unixMillis);
        guard = new CallGuard(circuits, metrics, CallTracer.NONE, chains::of, time);
        apply(config);
        circuits.start();
        List<WeavePoint> points = Clients.points();
        weaver = new Weaver(ByteBuddyAgent.install(), points);
        weaver.weave(EnumSet.of(RuleKind.JDBC));
        Bridge.connect(new Gates(points, guard));
    }

    /** New rules, for the connections that there are. */
    void reload(String yaml) {
        apply(config(yaml));
    }

    private void apply(AgentConfig config) {
        Map<String, BreakerSettings> settings = new LinkedHashMap<>();
        config.services().values().forEach(service -> settings.put(service.name(), BreakerSettings.of(service)));
        circuits.apply(settings);
        guard.apply(config);
    }

    private static AgentConfig config(String yaml) {
        ConfigLoad load = new ConfigReader(Environment.ofJvm()).read(yaml, Path.of("test.yaml"));
        if (load instanceof ConfigLoad.Loaded loaded) {
            return loaded.config();
        }
        throw new IllegalArgumentException(load.toString());
    }

    State state(String service) {
        return Optional.ofNullable(circuits.find(service)).orElseThrow().state();
    }

    EndpointFigures figures(String service) {
        return metrics.figures(service).total();
    }

    /** Opens the circuit as an outage does: by failures. @param url an address that its rules match */
    void open(String service, String url) {
        Endpoint endpoint = Optional.ofNullable(guard.matchConnect(url)).orElseThrow();
        for (int i = 0; i < 50 && state(service) != State.OPEN; i++) {
            JdbcCall call = guard.beginConnect(endpoint, new ConnectRequest(url, null));
            if (call.admit() instanceof Ruling.Proceed) {
                call.failed(new SQLException("away", "08001"));
            }
        }
        if (state(service) != State.OPEN) {
            throw new IllegalStateException(service + " is " + state(service));
        }
    }

    void reset(String service) {
        circuits.find(service).reset("test").toCompletableFuture().join();
    }

    void forward(Duration by) {
        synchronized (fake) {
            fake.forward(by);
        }
    }

    @Override
    public void afterEach(ExtensionContext test) {
        close();
    }

    /** Nothing of the agent's own has failed meanwhile. */
    @Override
    public void close() {
        Bridge.connect(null);
        weaver.unweave();
        circuits.close();
        assertThat(Bridge.failures()).isEqualTo(failuresBefore);
    }

    private long unixMillis() {
        synchronized (fake) {
            return fake.unixMillis();
        }
    }

    /** Pools call from threads of their own. */
    private ScheduledExecutorService oneAtATime() {
        return (ScheduledExecutorService) Proxy.newProxyInstance(
                JdbcUnderTest.class.getClassLoader(),
                new Class<?>[] {ScheduledExecutorService.class},
                (proxy, method, arguments) -> {
                    synchronized (fake) {
                        try {
                            return method.invoke(fake, arguments);
                        } catch (InvocationTargetException thrown) {
                            throw thrown.getCause();
                        }
                    }
                });
    }

    /** Takes no call in charge, and tells of those that it was asked to. */
    private CallStore noCalls() {
        return (CallStore) Proxy.newProxyInstance(
                JdbcUnderTest.class.getClassLoader(), new Class<?>[] {CallStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("add")) {
                        offered.add((QueuedCall) arguments[0]);
                        return CompletableFuture.failedFuture(new IOException("no room"));
                    }
                    if (method.isDefault()) {
                        return InvocationHandler.invokeDefault(proxy, method, arguments);
                    }
                    throw new UnsupportedOperationException(method.getName());
                });
    }

    /** Keeps answers in a map, for ever. */
    static final class Answers implements AnswerStore {

        final Map<String, byte[]> kept = new ConcurrentHashMap<>();

        @Override
        public CompletionStage<Stored> get(String service, String endpoint, String key) {
            byte[] found = kept.get(service + "/" + endpoint + "/" + key);
            return CompletableFuture.completedFuture(found == null ? null : new Stored(found, 0));
        }

        @Override
        public void put(String service, String endpoint, String key, byte[] bytes, Duration ttl) {
            kept.put(service + "/" + endpoint + "/" + key, bytes);
        }

        @Override
        public void forget(String service, String endpoint, String key) {
            kept.keySet().removeIf(name -> name.startsWith(service + "/" + endpoint + "/" + key));
        }

        @Override
        public CompletionStage<Long> clear(String service, String endpoint, String prefix) {
            long size = kept.size();
            kept.clear();
            return CompletableFuture.completedFuture(size);
        }
    }
}
