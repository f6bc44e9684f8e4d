package dev.resilience.breaker;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The circuits of a service that has one for each host. Hosts come from calls, and hostile calls may name any number of them:
 * so many have circuits of their own, and the least used beyond share one. A circuit that is not OPEN and had no calls for a
 * while gives its place away when there is none left; and each minute hosts that share but are called more than twice as
 * often as one that need not, take its place.
 *
 * <p>Thread-safe; a host that is known costs one look-up, and so does one that shares.
 */
final class HostCircuits {

    static final int MOST = 1_000;

    /** Name of the circuit that the hosts share for which there is no place. */
    static final String OTHERS = "*";

    private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(5);

    /** A look at all of them is dear where every call of a host that shares would take one. */
    private static final long BETWEEN_LOOKS_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long BETWEEN_SWAPS_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Fewer calls in a minute are no claim to a place. */
    private static final int FEWEST_CALLS = 10;

    private final ServiceCircuit service;
    private final Function<String, ServiceCircuit> making;
    private final Consumer<ServiceCircuit> ending;
    private final LongSupplier nanoTime;
    private final Map<String, Used> byHost = new ConcurrentHashMap<>();

    /** Hosts that share, as many as may have a claim, with their calls since places were swapped last. */
    private final Map<String, Use> sharing = new ConcurrentHashMap<>();

    private volatile @Nullable Used others;
    private volatile boolean full;
    private volatile long lookedNanos;

    // Guarded by this.
    private long swappedNanos;
    private boolean closed;

    /**
     * @param service what their service's own circuit is; stands in for a host's when it is all over
     * @param making makes and starts the circuit of a host
     * @param ending takes leave of one that gave its place away, or whose service is gone
     */
    HostCircuits(
            ServiceCircuit service,
            Function<String, ServiceCircuit> making,
            Consumer<ServiceCircuit> ending,
            LongSupplier nanoTime) {
        this.service = service;
        this.making = making;
        this.ending = ending;
        this.nanoTime = nanoTime;
    }

    ServiceCircuit at(String host) {
        long now = nanoTime.getAsLong();
        Used known = byHost.get(host);
        if (known == null) {
            known = share(host, now);
        }
        if (known == null) {
            known = added(host, now);
        }
        if (known == null) {
            return service;
        }
        known.lastNanos = now;
        known.calls++;
        return known.circuit;
    }

    /**
     * The circuit of a host that others found bad: where there is no place left it takes that of the closed one that is called
     * least, if that is hardly called at all. Null where every other has a better claim.
     */
    synchronized @Nullable ServiceCircuit meet(String host) {
        Used known = byHost.get(host);
        if (known == null && !closed) {
            if (placesTaken() >= MOST) {
                endIdle(nanoTime.getAsLong());
            }
            if (placesTaken() < MOST || endLeastUsed()) {
                known = make(host);
            }
        }
        return known == null ? null : known.circuit;
    }

    @Nullable
    ServiceCircuit find(String host) {
        Used known = byHost.get(host);
        return known == null ? null : known.circuit;
    }

    Collection<ServiceCircuit> all() {
        return byHost.values().stream().map(used -> used.circuit).toList();
    }

    /** Gives all of them other settings. One that is made meanwhile is made with these. */
    synchronized void configure(BreakerSettings settings) {
        byHost.values().forEach(used -> used.circuit.configure(settings));
    }

    /** Ends all of them; none is made from now on. */
    synchronized void close() {
        closed = true;
        List.copyOf(byHost.keySet()).forEach(this::end);
    }

    /** The circuit of those that share, while it is not time to look for a place; null when it is. */
    private @Nullable Used share(String host, long now) {
        Used shared = others;
        if (shared == null || !full || now - lookedNanos >= BETWEEN_LOOKS_NANOS) {
            return null;
        }
        Use use = sharing.get(host);
        if (use == null && sharing.size() < MOST) {
            use = sharing.computeIfAbsent(host, name -> new Use());
        }
        if (use != null) {
            use.calls++;
        }
        return shared;
    }

    /** Null when all is over. */
    private synchronized @Nullable Used added(String host, long now) {
        if (closed) {
            return null;
        }
        Used known = byHost.get(host);
        if (known != null) {
            return known;
        }
        if (placesTaken() < MOST) {
            return make(host);
        }
        lookedNanos = now;
        endIdle(now);
        if (placesTaken() < MOST) {
            return make(host);
        }
        if (others == null) {
            others = make(OTHERS);
            full = true;
            swappedNanos = now;
        } else if (now - swappedNanos >= BETWEEN_SWAPS_NANOS) {
            swappedNanos = now;
            swapPlaces();
        }
        Used its = byHost.get(host);
        return its == null ? others : its;
    }

    private int placesTaken() {
        return byHost.size() - (others == null ? 0 : 1);
    }

    private Used make(String host) {
        Used made = new Used(making.apply(host), nanoTime.getAsLong());
        byHost.put(host, made);
        sharing.remove(host);
        full = placesTaken() >= MOST;
        return made;
    }

    private void endIdle(long now) {
        byHost.forEach((host, used) -> {
            if (now - used.lastNanos >= IDLE_NANOS && used.circuit.state() != State.OPEN) {
                end(host);
            }
        });
    }

    private boolean endLeastUsed() {
        Claim least = byHost.entrySet().stream()
                .filter(this::mayLeave)
                .map(Claim::of)
                .min(Comparator.comparingInt(Claim::calls))
                .orElse(null);
        if (least == null || least.calls >= FEWEST_CALLS) {
            return false;
        }
        end(least.host);
        return true;
    }

    private boolean mayLeave(Map.Entry<String, Used> entry) {
        return entry.getValue() != others && entry.getValue().circuit.state() == State.CLOSED;
    }

    private void swapPlaces() {
        Deque<Claim> least = new ArrayDeque<>(byHost.entrySet().stream()
                .filter(this::mayLeave)
                .map(Claim::of)
                .sorted(Comparator.comparingInt(Claim::calls))
                .toList());
        List<Claim> most = sharing.entrySet().stream()
                .filter(entry -> !byHost.containsKey(entry.getKey()))
                .map(Claim::of)
                .sorted(Comparator.comparingInt(Claim::calls).reversed())
                .toList();
        for (Claim claim : most) {
            Claim leaving = least.poll();
            if (leaving == null || claim.calls < FEWEST_CALLS || claim.calls <= 2 * leaving.calls) {
                break;
            }
            end(leaving.host);
            make(claim.host);
        }
        sharing.clear();
        byHost.values().forEach(used -> used.calls = 0);
    }

    private void end(String host) {
        Used ended = byHost.remove(host);
        if (ended == null) {
            return;
        }
        if (ended == others) {
            others = null;
        }
        full = placesTaken() >= MOST;
        ending.accept(ended.circuit);
    }

    /** A host with its calls as they were at one moment: they go on while hosts are compared. */
    private record Claim(String host, int calls) {

        static Claim of(Map.Entry<String, ? extends Use> use) {
            return new Claim(use.getKey(), use.getValue().calls);
        }
    }

    /** Calls are counted without care: one that is lost changes nothing. */
    private static class Use {

        int calls;
    }

    private static final class Used extends Use {

        final ServiceCircuit circuit;
        volatile long lastNanos;

        Used(ServiceCircuit circuit, long now) {
            this.circuit = circuit;
            this.lastNanos = now;
        }
    }
}
