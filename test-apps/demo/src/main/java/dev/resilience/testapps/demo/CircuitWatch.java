package dev.resilience.testapps.demo;

import dev.resilience.testapps.harness.Jmx;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.management.Notification;
import javax.management.openmbean.CompositeData;

/**
 * Follows the circuits of all instances by their JMX notifications, as any JMX client could: tells of every change when it
 * happens, and remembers it. Thread-safe.
 */
final class CircuitWatch implements AutoCloseable {

    private static final String CIRCUITS = "dev.resilience:name=";

    private final Listener listener;
    private final List<Jmx> connections = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();
    private final List<Map<String, Seen>> states = new ArrayList<>();

    /** @param nanos on this JVM's monotonic clock, when it was told of the change */
    record Change(int instance, String service, String from, String to, String reason, long nanos) {}

    interface Listener {
        void changed(Change change);
    }

    private record Seen(String state, long epoch) {}

    CircuitWatch(List<JvmUnderTest> instances, Listener listener) throws IOException {
        this.listener = listener;
        for (int i = 0; i < instances.size(); i++) {
            Jmx jmx = instances.get(i).jmx();
            connections.add(jmx);
            states.add(new TreeMap<>());
            for (String bean : jmx.names("dev.resilience")) {
                if (bean.endsWith(",type=CircuitBreaker")) {
                    String service = bean.substring(CIRCUITS.length(), bean.indexOf(','));
                    int instance = i;
                    jmx.listen(bean, notification -> told(instance, service, notification));
                    begin(instance, service, jmx);
                }
            }
        }
    }

    /** Changes may be told of already: whatever is newer than what is read here counts. */
    private void begin(int instance, String service, Jmx jmx) throws IOException {
        long epoch = ((Number) jmx.circuit(service, "Epoch")).longValue();
        String state = String.valueOf(jmx.circuit(service, "State"));
        synchronized (this) {
            states.get(instance).putIfAbsent(service, new Seen(state, epoch));
        }
    }

    private void told(int instance, String service, Notification notification) {
        long now = System.nanoTime();
        if (!(notification.getUserData() instanceof CompositeData data)) {
            return;
        }
        long epoch = ((Number) data.get("epoch")).longValue();
        String to = String.valueOf(data.get("to"));
        Change change;
        synchronized (this) {
            Seen before = states.get(instance).get(service);
            if (before != null && epoch < before.epoch) {
                return;
            }
            states.get(instance).put(service, new Seen(to, epoch));
            change = new Change(
                    instance, service, String.valueOf(data.get("from")), to, String.valueOf(data.get("reason")), now);
            changes.add(change);
        }
        listener.changed(change);
    }

    synchronized List<Change> changes() {
        return List.copyOf(changes);
    }

    /** Whether every instance sees every circuit in {@code state}. */
    synchronized boolean everywhere(String state) {
        return states.stream()
                .allMatch(seen -> !seen.isEmpty()
                        && seen.values().stream().allMatch(now -> now.state().equals(state)));
    }

    @Override
    public void close() throws IOException {
        for (Jmx jmx : connections) {
            jmx.close();
        }
    }
}
