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
import java.util.Set;
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
    private volatile Set<String> perHost = Set.of();
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

    /** As the other, where every service may have a circuit for each host. */
    public void apply(Map<String, BreakerSettings> services) {
        apply(services, services.keySet());
    }

    /**
     * Takes these services: new ones start closed, known ones keep their state, others let every call pass.
     *
     * @param perHost those that have a circuit for each host; of others these circuits let every call pass
     */
    public void apply(Map<String, BreakerSettings> services, Set<String> perHost) {
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
        this.perHost = Set.copyOf(perHost);
        for (ServiceCircuit circuit : before.values()) {
            if (!after.containsKey(circuit.service())) {
                circuit.close();
            }
        }
        for (String service : before.keySet()) {
            BreakerSettings settings = perHost.contains(service) ? services.get(service) : null;
            HostCircuits its = settings == null ? hosts.remove(service) : hosts.get(service);
            if (its == null) {
                continue;
            }
            if (settings == null) {
                its.close();
            } else {
                its.configure(settings);
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
        if (all == null) {
            return null;
        }
        HostCircuits its = hostsOf(all);
        return its == null ? all : its.at(host);
    }

    /** Null for a service that was taken away while its call was on the way here: nobody would end its circuits. */
    private @Nullable HostCircuits begunHosts(ServiceCircuit service) {
        String name = service.service();
        boolean there = circuits.get(name) == service && perHost.contains(name);
        return there ? new HostCircuits(service, one -> makeHost(service, one), this::end, nanoTime) : null;
    }

    /** The circuit of a host that others call and this instance does not yet: its first call is not to be one too many. */
    private @Nullable ServiceCircuit meet(String name) {
        int at = name.indexOf('@');
        String service = at < 0 ? "" : name.substring(0, at);
        String host = name.substring(at + 1);
        if (!perHost.contains(service) || host.equals(HostCircuits.OTHERS)) {
            return null;
        }
        ServiceCircuit all = circuits.get(service);
        HostCircuits its = all == null ? null : hostsOf(all);
        return its == null ? null : its.meet(host);
    }

    private @Nullable HostCircuits hostsOf(ServiceCircuit service) {
        HostCircuits its = hosts.get(service.service());
        return its == null ? hosts.computeIfAbsent(service.service(), name -> begunHosts(service)) : its;
    }

    private void end(ServiceCircuit host) {
        host.close();
        feed.gone(host.service());
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
            ServiceCircuit known = find(snapshot.service());
            ServiceCircuit circuit =
                    known == null && snapshot.state() != State.CLOSED ? meet(snapshot.service()) : known;
            if (circuit != null) {
                circuit.changed(snapshot.delayed());
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
