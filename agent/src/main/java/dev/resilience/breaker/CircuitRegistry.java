package dev.resilience.breaker;

import dev.resilience.config.Mode;
import dev.resilience.log.AgentLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** All circuits of this instance over one store. {@link #apply} and {@link #close} are called by one thread at a time. */
public final class CircuitRegistry implements Circuits, AutoCloseable {

    private final BreakerStore store;
    private final String instance;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier nanoTime;
    private final LongSupplier unixMillis;
    private final TransitionFeed feed;
    private final Map<String, HostCircuits> hosts = new ConcurrentHashMap<>();
    private volatile Map<String, ServiceCircuit> circuits = Map.of();
    private volatile boolean started;

    /**
     * @param store closed with the registry
     * @param instance name of this JVM, unique in the fleet
     * @param scheduler runs everything that no call waits for; not shut down here
     * @param nanoTime the monotonic clock, nanoseconds
     * @param unixMillis the wall clock, only for people to read
     */
    public CircuitRegistry(
            BreakerStore store,
            String instance,
            ScheduledExecutorService scheduler,
            LongSupplier nanoTime,
            LongSupplier unixMillis) {
        this.store = store;
        this.instance = instance;
        this.scheduler = scheduler;
        this.nanoTime = nanoTime;
        this.unixMillis = unixMillis;
        this.feed = new TransitionFeed(scheduler);
        store.watch(new Watcher());
    }

    /** As the other, on the JVM's clocks. */
    public CircuitRegistry(BreakerStore store, String instance, ScheduledExecutorService scheduler) {
        this(store, instance, scheduler, System::nanoTime, System::currentTimeMillis);
    }

    /** Takes these services: new ones start closed, known ones keep their state, others let every call pass. */
    public void apply(Map<String, BreakerSettings> services) {
        Map<String, ServiceCircuit> before = circuits;
        Map<String, ServiceCircuit> after = new LinkedHashMap<>();
        for (Map.Entry<String, BreakerSettings> service : services.entrySet()) {
            ServiceCircuit known = before.get(service.getKey());
            if (known != null) {
                known.configure(service.getValue());
                after.put(service.getKey(), known);
                continue;
            }
            after.put(service.getKey(), make(service.getKey(), service.getValue(), null));
        }
        circuits = Collections.unmodifiableMap(after);
        for (ServiceCircuit circuit : before.values()) {
            if (!after.containsKey(circuit.service())) {
                circuit.close();
                HostCircuits itsHosts = hosts.remove(circuit.service());
                if (itsHosts != null) {
                    itsHosts.all().forEach(ServiceCircuit::close);
                }
            }
        }
        for (Map.Entry<String, HostCircuits> its : hosts.entrySet()) {
            BreakerSettings settings = services.get(its.getKey());
            if (settings != null) {
                its.getValue().all().forEach(circuit -> circuit.configure(settings));
            }
        }
        if (started) {
            for (ServiceCircuit circuit : after.values()) {
                circuit.start();
            }
        }
    }

    /** Starts reporting. Until then outcomes are counted and nothing else. */
    public void start() {
        started = true;
        store.start();
        for (ServiceCircuit circuit : all()) {
            circuit.start();
        }
    }

    /** In file order, and then those of single hosts. */
    @Override
    public Collection<ServiceCircuit> all() {
        if (hosts.isEmpty()) {
            return circuits.values();
        }
        List<ServiceCircuit> all = new ArrayList<>(circuits.values());
        hosts.values().forEach(its -> all.addAll(its.all()));
        return all;
    }

    @Override
    @Nullable
    public ServiceCircuit find(String service) {
        ServiceCircuit known = circuits.get(service);
        int at = known == null ? service.indexOf('@') : -1;
        if (at < 0) {
            return known;
        }
        HostCircuits its = hosts.get(service.substring(0, at));
        return its == null ? null : its.find(service.substring(at + 1));
    }

    @Override
    @Nullable
    public ServiceCircuit at(String service, String host) {
        ServiceCircuit all = circuits.get(service);
        return all == null
                ? null
                : hosts.computeIfAbsent(service, name -> new HostCircuits(one -> makeHost(all, one), nanoTime))
                        .at(host);
    }

    private ServiceCircuit makeHost(ServiceCircuit service, String host) {
        ServiceCircuit circuit = make(service.service() + "@" + host, service.settings(), service);
        if (started) {
            circuit.start();
        }
        return circuit;
    }

    private ServiceCircuit make(String name, BreakerSettings settings, @Nullable ServiceCircuit above) {
        return new ServiceCircuit(name, settings, store, instance, scheduler, nanoTime, unixMillis, feed, above);
    }

    @Override
    public StoreMode mode() {
        return store.mode();
    }

    @Override
    public CompletionStage<ModeOrder> mode(
            String service, @Nullable Mode mode, @Nullable Duration duration, String reason, String who) {
        ServiceCircuit circuit = find(service);
        if (circuit == null) {
            return CompletableFuture.failedFuture(new IllegalArgumentException("no service '" + service + "'"));
        }
        long remaining = duration == null ? ModeOrder.ENDLESS : Math.max(1, duration.toMillis());
        return circuit.order(new ModeOrder(mode, reason, who, 0, mode == null ? 0 : remaining));
    }

    @Override
    public void addListener(TransitionListener listener) {
        feed.add(listener);
    }

    /** Lets every call pass from now on. */
    @Override
    public void close() {
        for (ServiceCircuit circuit : all()) {
            circuit.close();
        }
        try {
            store.close();
        } catch (RuntimeException failure) {
            AgentLog.warn("store close", "the store did not close cleanly", failure);
        }
    }

    private final class Watcher implements BreakerStore.Watcher {

        @Override
        public void changed(Snapshot snapshot) {
            ServiceCircuit circuit = find(snapshot.service());
            if (circuit != null) {
                circuit.changed(snapshot);
            }
        }

        @Override
        public void modeChanged(StoreMode mode) {
            for (ServiceCircuit circuit : all()) {
                circuit.storeChanged();
            }
        }
    }
}
