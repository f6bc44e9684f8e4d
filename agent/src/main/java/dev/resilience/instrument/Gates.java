package dev.resilience.instrument;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.bootstrap.Gate;
import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Guard;
import dev.resilience.log.AgentLog;
import java.lang.reflect.InvocationTargetException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Leads each woven method to its adapter. Clients and adapters are made when their first call arrives; one that cannot be
 * made is said once, and its calls pass. Thread-safe.
 */
public final class Gates implements Gate {

    private final List<WeavePoint> points;
    private final Guard guard;
    private final AtomicReferenceArray<@Nullable Adapter> adapters;
    private final Map<String, Client> clients = new HashMap<>();
    private final LibraryClients libraries;

    /** @param points the list that the {@link Weaver} has */
    public Gates(List<WeavePoint> points, Guard guard) {
        this.points = points;
        this.guard = guard;
        this.adapters = new AtomicReferenceArray<>(points.size());
        this.libraries = new LibraryClients(guard);
    }

    /** What the bridge is to ask. */
    @SuppressWarnings("removal")
    public Gate gate() {
        return System.getSecurityManager() == null ? this : new PrivilegedGate(this);
    }

    @Override
    public @Nullable Passage enter(
            int site, Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        Adapter adapter = adapters.get(site);
        if (adapter == null) {
            adapter = make(site);
        }
        return adapter.enter(self, first, second, third);
    }

    @Override
    public void failed(Throwable failure) {
        StackTraceElement[] trace = failure.getStackTrace();
        String where = trace.length == 0 ? "" : " at " + trace[0];
        AgentLog.warn(
                "gate:" + failure.getClass().getName() + where,
                "a call passed unguarded, because the agent failed: " + failure + where);
    }

    private synchronized Adapter make(int site) {
        Adapter adapter = adapters.get(site);
        if (adapter != null) {
            return adapter;
        }
        WeavePoint point = points.get(site);
        try {
            adapter = point.target() instanceof WeavePoint.Library library
                    ? libraries.adapter(point, library)
                    : client(point.client()).adapter(point);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError failure) {
            adapter = Adapter.NONE;
            Bridge.failed(
                    failure instanceof InvocationTargetException e && e.getCause() != null ? e.getCause() : failure);
        }
        if (adapter instanceof Dormant dormant) {
            dormant.wake().rouses(site);
            adapter = dormant.adapter();
        }
        adapters.set(site, adapter);
        return adapter;
    }

    private Client client(String name) throws ReflectiveOperationException {
        Client client = clients.get(name);
        if (client == null) {
            client = (Client) Class.forName(name, true, Gates.class.getClassLoader())
                    .getConstructor(Guard.class)
                    .newInstance(guard);
            clients.put(name, client);
        }
        return client;
    }
}
