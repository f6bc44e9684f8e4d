package dev.resilience.telemetry;

import dev.resilience.log.AgentLog;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The OpenTelemetry that the application, or an agent beside ours, traces with. Each is known from when it is built. Held
 * weakly: an application that is taken out of a server goes with its own. Thread-safe.
 *
 * <p>OpenTelemetry's Java agent bridges the application's copy of the API to its own, so where it is, its own says all.
 */
public final class ApplicationTraces {

    /** The JVM's: woven code announces here what applications build. */
    public static final ApplicationTraces ALL = new ApplicationTraces();

    private static final String AGENTS_PREFIX = "io.opentelemetry.javaagent.shaded.";
    private static final String AGENTS_LOADER = "io.opentelemetry.javaagent.";
    private static final int MOST = 64;

    private final List<WeakReference<Object>> built = new CopyOnWriteArrayList<>();

    /** Null until somebody asked. */
    private volatile @Nullable Beside beside;

    /** A copy of the API that was not understood is there, and of no use. */
    private record Copy(@Nullable TraceApi api) {}

    /** On the class of what was built: so the application's class holds it, and nothing of ours the application. */
    private static final class Copies extends ClassValue<Copy> {

        static final Copies OF = new Copies();

        @Override
        protected Copy computeValue(Class<?> type) {
            return new Copy(api(type.getClassLoader(), ""));
        }
    }

    /** @param found of the agent beside ours, null when there is none */
    private record Beside(@Nullable Found found) {}

    /**
     * What traces the application.
     *
     * @param tracers the {@code TracerProvider} that makes spans
     * @param agent whether it is an agent, which traces clients whatever they are
     */
    record Found(TraceApi api, Object tracers, boolean agent) {}

    ApplicationTraces() {}

    /** @param tracers the {@code TracerProvider} that an application has just built */
    public void built(Object tracers) {
        ClassLoader loader = tracers.getClass().getClassLoader();
        if (loader == null || loader.getClass().getName().startsWith(AGENTS_LOADER)) {
            return;
        }
        built.removeIf(known -> known.get() == null);
        if (built.size() == MOST) {
            built.remove(0);
        }
        built.add(new WeakReference<>(tracers));
    }

    /** Whether there is anything to look for. */
    boolean any() {
        return !built.isEmpty() || beside().found != null;
    }

    /** Whose span the calling thread is in; else the last one's that this thread's application may have built; else null. */
    @Nullable
    Found here() throws Throwable {
        Found agent = beside().found;
        if (agent != null) {
            return agent;
        }
        Found last = null;
        for (int i = built.size() - 1; i >= 0; i--) {
            Object tracers = i < built.size() ? built.get(i).get() : null;
            TraceApi api = tracers == null ? null : Copies.OF.get(tracers.getClass()).api;
            if (tracers == null || api == null) {
                continue;
            }
            Found found = new Found(api, tracers, false);
            if (api.span(api.currentContext()) != null) {
                return found;
            }
            if (last == null && mine(tracers.getClass().getClassLoader())) {
                last = found;
            }
        }
        return last;
    }

    private Beside beside() {
        Beside known = beside;
        if (known == null) {
            known = new Beside(agentBeside());
            beside = known;
        }
        return known;
    }

    private static @Nullable Found agentBeside() {
        try {
            Class<?> global = Class.forName(AGENTS_PREFIX + "io.opentelemetry.api.GlobalOpenTelemetry", true, null);
            TraceApi api = api(null, AGENTS_PREFIX);
            Object tracers = global.getMethod("getTracerProvider").invoke(null);
            return api == null || tracers == null ? null : new Found(api, tracers, true);
        } catch (ClassNotFoundException none) {
            return null;
        } catch (ReflectiveOperationException | RuntimeException | LinkageError failure) {
            AgentLog.warn("traces-beside", "spans of OpenTelemetry's agent cannot be enriched", failure);
            return null;
        }
    }

    private static @Nullable TraceApi api(@Nullable ClassLoader loader, String prefix) {
        try {
            return new TraceApi(loader, prefix);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError unknown) {
            AgentLog.warn(
                    "traces-api",
                    "the application's OpenTelemetry is of a version that the agent does not know; its spans are not"
                            + " enriched",
                    unknown);
            return null;
        }
    }

    /** Whether the thread's own class loader sees classes of this one. */
    private static boolean mine(ClassLoader loader) {
        ClassLoader at = Thread.currentThread().getContextClassLoader();
        while (at != null && at != loader) {
            at = at.getParent();
        }
        return at == loader;
    }
}
