package dev.resilience.instrument.okhttp;

import dev.resilience.bootstrap.Passage;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import okhttp3.Interceptor;
import org.jspecify.annotations.Nullable;

/**
 * The trace context of the call that this thread makes, from the interceptor that the call is guarded at to the one that makes
 * its headers.
 */
final class TraceContext extends Passage {

    static final String HEADER = "traceparent";

    private static final ThreadLocal<@Nullable String> CURRENT = new ThreadLocal<>();

    private TraceContext(Object chain) {
        arguments = new Object[] {chain};
    }

    static void open(String traceparent) {
        CURRENT.set(traceparent);
    }

    static void close() {
        CURRENT.remove();
    }

    /** Gives the interceptor a chain whose request has the header. */
    static @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        String traceparent = CURRENT.get();
        if (traceparent == null || !(first instanceof Object[] arguments)) {
            return null;
        }
        return arguments[0] instanceof Interceptor.Chain chain ? new TraceContext(traced(chain, traceparent)) : null;
    }

    /** By proxy, because newer versions ask a chain for more than older ones know. */
    private static Object traced(Interceptor.Chain chain, String traceparent) {
        return Proxy.newProxyInstance(
                Interceptor.Chain.class.getClassLoader(),
                new Class<?>[] {Interceptor.Chain.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("request")) {
                        return chain.request()
                                .newBuilder()
                                .header(HEADER, traceparent)
                                .build();
                    }
                    try {
                        return method.invoke(chain, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getCause();
                    }
                });
    }

    @Override
    protected void exit(@Nullable Object given, @Nullable Throwable failure) {
        // The call is settled where it was guarded.
    }
}
