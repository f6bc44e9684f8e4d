package dev.resilience.instrument;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.guard.Guard;
import dev.resilience.log.AgentLog;
import java.lang.ref.WeakReference;
import java.lang.reflect.InvocationTargetException;
import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The clients of libraries: one of each kind for each class loader that has the library. Only the library's own classes hold
 * them, so an application that is taken out of a server goes with all that was loaded for it. A library that lacks what its
 * client needs is left alone, said once. Thread-safe; no lock is held while classes are loaded, because the application may
 * hold its own loader's.
 */
final class LibraryClients {

    private final Guard guard;
    private final Map<ClassLoader, Map<String, WeakReference<Client>>> known = new WeakHashMap<>();

    LibraryClients(Guard guard) {
        this.guard = guard;
    }

    /** What the calls of one woven method are led to: the adapter for the copy of the library that the called object is of. */
    Adapter adapter(WeavePoint point, WeavePoint.Library target) {
        return new PerLibrary(point, target);
    }

    /** Null when the client cannot be made for this loader's library. */
    private @Nullable Client client(WeavePoint point, ClassLoader library) {
        WeakReference<Client> before = known(library, point.client());
        Client client = before == null ? null : before.get();
        if (client != null) {
            return client;
        }
        try {
            ClientLoader loader = new ClientLoader(point.client(), LibraryClients.class.getClassLoader(), library);
            String missing = LinkCheck.missing(loader, point.client());
            if (missing != null) {
                sayUnknown(point.client(), missing);
                return null;
            }
            client = (Client) Class.forName(point.client(), true, loader)
                    .getConstructor(Guard.class)
                    .newInstance(guard);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError failure) {
            Bridge.failed(
                    failure instanceof InvocationTargetException e && e.getCause() != null ? e.getCause() : failure);
            return null;
        }
        return firstOf(library, point.client(), client);
    }

    /** Once. @param missing what every version that is known has */
    static void sayUnknown(String client, String missing) {
        AgentLog.warn(
                "library:" + client,
                "an HTTP client library of this application is of a version that the agent does not know (no " + missing
                        + "); its calls are not protected");
    }

    private @Nullable WeakReference<Client> known(ClassLoader library, String client) {
        synchronized (known) {
            Map<String, WeakReference<Client>> clients = known.get(library);
            return clients == null ? null : clients.get(client);
        }
    }

    /** The client that another thread made meanwhile, or else this one. */
    private Client firstOf(ClassLoader library, String name, Client made) {
        synchronized (known) {
            Map<String, WeakReference<Client>> clients = known.computeIfAbsent(library, loader -> new HashMap<>());
            WeakReference<Client> raced = clients.get(name);
            Client other = raced == null ? null : raced.get();
            if (other != null) {
                return other;
            }
            clients.put(name, new WeakReference<>(made));
            return made;
        }
    }

    /** Leads each call on. What it remembers hangs on the classes of the called objects. */
    private final class PerLibrary extends ClassValue<Bound> implements Adapter {

        private final WeavePoint point;
        private final WeavePoint.Library target;

        PerLibrary(WeavePoint point, WeavePoint.Library target) {
            this.point = point;
            this.target = target;
        }

        @Override
        public dev.resilience.bootstrap.@Nullable Passage enter(
                Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
            return get(self.getClass()).adapter.enter(self, first, second, third);
        }

        @Override
        protected Bound computeValue(Class<?> called) {
            ClassLoader library = declaring(called).getClassLoader();
            Client client = library == null ? null : client(point, library);
            return client == null ? Bound.NONE : new Bound(client, client.adapter(point));
        }

        /** The woven class itself: the called object's may be one that the application made of it. */
        private Class<?> declaring(Class<?> called) {
            for (Class<?> type = called; type != null; type = type.getSuperclass()) {
                if (target.classes().contains(type.getName().replace('.', '/'))) {
                    return type;
                }
            }
            return called;
        }
    }

    /** An adapter, and the client that it belongs to, which must live as long. */
    private record Bound(@Nullable Client client, Adapter adapter) {
        static final Bound NONE = new Bound(null, Adapter.NONE);
    }
}
