package dev.resilience.instrument.vertx;

import dev.resilience.bootstrap.Passage;
import dev.resilience.instrument.PerObject;
import dev.resilience.instrument.http.HiddenFields;
import org.jspecify.annotations.Nullable;

/**
 * Which requests belong to one call of {@code WebClient}, told by the context that it keeps for each call and that makes
 * them. Thread-safe.
 */
final class Redirects {

    private final ThreadLocal<@Nullable Object> making = new ThreadLocal<>();

    /** Calls whose last response was a redirect, by the context that may follow it. */
    private final PerObject<Object, VertxCall> waiting = new PerObject<>();

    /** The context is about to make a request. */
    Passage inside(Object context) {
        return new Making(context);
    }

    /** The context that makes a request on this thread at this moment; null for the application itself. */
    @Nullable
    Object owner() {
        return making.get();
    }

    /** Whether the context follows a redirect at this moment. */
    boolean followed(@Nullable Object owner) {
        try {
            return owner != null
                    && HiddenFields.value(owner, "redirects") instanceof Integer redirects
                    && redirects > 0;
        } catch (ReflectiveOperationException unknown) {
            return false;
        }
    }

    void await(Object owner, VertxCall call) {
        waiting.put(owner, call);
    }

    /** The call that waits to be redirected; it waits no more. Null when there is none. */
    @Nullable
    VertxCall taken(Object owner) {
        VertxCall call = waiting.get(owner);
        if (call != null) {
            waiting.remove(owner);
        }
        return call;
    }

    private final class Making extends Passage {

        private final @Nullable Object before = making.get();

        Making(Object context) {
            making.set(context);
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            if (before == null) {
                making.remove();
            } else {
                making.set(before);
            }
        }
    }
}
