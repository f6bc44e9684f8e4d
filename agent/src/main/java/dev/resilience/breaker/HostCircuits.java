package dev.resilience.breaker;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The circuits of a service that has one for each host. Hosts come from calls, and hostile calls may name any number of them:
 * so many have circuits of their own, and what comes on top shares one, until a circuit that is closed has had no calls for a
 * while and gives its place away. Thread-safe; a host that is known costs one look-up.
 */
final class HostCircuits {

    static final int MOST = 1_000;

    /** Name of the circuit that the hosts share for which there was no place. */
    static final String OTHERS = "*";

    private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(5);

    private final Function<String, ServiceCircuit> making;
    private final LongSupplier nanoTime;
    private final Map<String, Used> byHost = new ConcurrentHashMap<>();

    /** @param making makes and starts the circuit of a host */
    HostCircuits(Function<String, ServiceCircuit> making, LongSupplier nanoTime) {
        this.making = making;
        this.nanoTime = nanoTime;
    }

    ServiceCircuit at(String host) {
        Used known = byHost.get(host);
        if (known == null) {
            known = added(host);
        }
        known.lastNanos = nanoTime.getAsLong();
        return known.circuit;
    }

    @Nullable
    ServiceCircuit find(String host) {
        Used known = byHost.get(host);
        return known == null ? null : known.circuit;
    }

    Collection<ServiceCircuit> all() {
        return byHost.values().stream().map(used -> used.circuit).toList();
    }

    private synchronized Used added(String host) {
        if (byHost.size() >= MOST && !byHost.containsKey(host) && !makeRoom()) {
            return byHost.computeIfAbsent(OTHERS, name -> new Used(making.apply(name)));
        }
        return byHost.computeIfAbsent(host, name -> new Used(making.apply(name)));
    }

    private boolean makeRoom() {
        long now = nanoTime.getAsLong();
        List<Map.Entry<String, Used>> idle = byHost.entrySet().stream()
                .filter(entry -> now - entry.getValue().lastNanos >= IDLE_NANOS
                        && entry.getValue().circuit.state() == State.CLOSED)
                .toList();
        for (Map.Entry<String, Used> entry : idle) {
            byHost.remove(entry.getKey());
            entry.getValue().circuit.close();
        }
        return !idle.isEmpty();
    }

    private static final class Used {

        final ServiceCircuit circuit;
        volatile long lastNanos;

        Used(ServiceCircuit circuit) {
            this.circuit = circuit;
        }
    }
}
