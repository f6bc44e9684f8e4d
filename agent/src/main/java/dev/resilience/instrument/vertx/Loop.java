package dev.resilience.instrument.vertx;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.instrument.http.Elsewhere;
import dev.resilience.instrument.http.HiddenFields;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/** Where everything about one call happens: the context of whoever began it, as with the client itself. */
final class Loop {

    private static final @Nullable Method OWN_PROMISE = ownPromise();

    private final Context context;
    private final Elsewhere callers = new Elsewhere();

    private Loop(Context context) {
        this.context = context;
    }

    static Loop of(HttpClient client) {
        Context current = Vertx.currentContext();
        if (current != null) {
            return new Loop(current);
        }
        try {
            Object vertx = HiddenFields.value(client, "vertx");
            if (vertx instanceof Vertx own) {
                return new Loop(own.getOrCreateContext());
            }
            throw new IllegalStateException("no Vertx in " + client.getClass());
        } catch (ReflectiveOperationException unknown) {
            throw new IllegalStateException(unknown);
        }
    }

    Context context() {
        return context;
    }

    /** At once where this is the place. */
    void run(Runnable task) {
        if (Vertx.currentContext() == context) {
            guarded(task);
        } else {
            soon(task);
        }
    }

    /** After what happens here now. Called on threads of the agent's, too. */
    void soon(Runnable task) {
        callers.lend(() -> context.runOnContext(now -> guarded(task)));
    }

    /** Whose listeners run on the context, however late they come: the client's own are no different. */
    @SuppressWarnings("unchecked") // the method's signature says so
    <T> Promise<T> promise() {
        Method own = OWN_PROMISE;
        try {
            return own == null ? Promise.promise() : (Promise<T>) own.invoke(context);
        } catch (ReflectiveOperationException unknown) {
            return Promise.promise();
        }
    }

    private static @Nullable Method ownPromise() {
        for (String type :
                new String[] {"io.vertx.core.internal.ContextInternal", "io.vertx.core.impl.ContextInternal"}) {
            try {
                return Class.forName(type, false, Context.class.getClassLoader())
                        .getMethod("promise");
            } catch (ReflectiveOperationException other) {
                // The other generation.
            }
        }
        return null;
    }

    <T> Future<T> later(@Nullable T result) {
        Promise<T> promise = promise();
        context.runOnContext(now -> promise.tryComplete(result));
        return promise.future();
    }

    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (Throwable failure) {
            Bridge.failed(failure);
        }
    }
}
