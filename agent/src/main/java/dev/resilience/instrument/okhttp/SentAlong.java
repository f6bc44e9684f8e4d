package dev.resilience.instrument.okhttp;

import dev.resilience.bootstrap.Passage;
import dev.resilience.fallback.Answer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import okhttp3.Call;
import okhttp3.Interceptor;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * What the call that this thread makes sends along, from the interceptor that the call is guarded at to the one that makes its
 * headers.
 */
final class SentAlong extends Passage {

    private static final ThreadLocal<@Nullable Added> CURRENT = new ThreadLocal<>();

    private SentAlong(Object chain) {
        arguments = new Object[] {chain};
    }

    /** @param body null for the request's own */
    private record Added(
            Call call,
            List<Answer.Header> headers,
            @Nullable OneTimeRequestBody body) {

        Request to(Request request) {
            Request.Builder sent = request.newBuilder();
            for (Answer.Header header : headers) {
                if (request.header(header.name()) == null) {
                    sent.header(header.name(), header.value());
                }
            }
            // Other calls that this thread makes meanwhile, to authenticate for instance, have bodies of their own.
            if (body != null && body.isOver(request.body())) {
                sent.method(request.method(), body);
            }
            return sent.build();
        }
    }

    /** With the copy of the body that is sent. */
    static void open(Call call, OneTimeRequestBody body) {
        CURRENT.set(new Added(call, List.of(), body));
    }

    static void open(Call call, List<Answer.Header> headers) {
        Added before = CURRENT.get();
        CURRENT.set(new Added(call, headers, before == null || before.call() != call ? null : before.body()));
    }

    static void close() {
        CURRENT.remove();
    }

    /** Gives the interceptor a chain whose request has all that. */
    static @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        Added added = CURRENT.get();
        if (added == null || !(first instanceof Object[] arguments)) {
            return null;
        }
        // Not of another call that this thread makes meanwhile, to authenticate for instance.
        return arguments[0] instanceof Interceptor.Chain chain && chain.call() == added.call()
                ? new SentAlong(with(added, chain))
                : null;
    }

    /** By proxy, because newer versions ask a chain for more than older ones know. */
    private static Object with(Added added, Interceptor.Chain chain) {
        Request request = added.to(chain.request());
        return Proxy.newProxyInstance(
                Interceptor.Chain.class.getClassLoader(),
                new Class<?>[] {Interceptor.Chain.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("request")) {
                        return request;
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
