package dev.resilience.instrument.jetty9;

import dev.resilience.instrument.http.BodyCopy;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.client.api.Request;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Reads a content of Jetty 10 and 11 for nobody, whose types the versions before them do not have: what is pulled, as long as it is
 * wanted; what is written, to its end, because its writer waits.
 */
final class SubscribedReading implements InvocationHandler {

    private static final String CONTENT = "org.eclipse.jetty.client.api.Request$Content";

    private final Object content;
    private final BodyCopy copy;
    private final CompletableFuture<@Nullable Void> over;
    private final boolean written;
    private @Nullable Object subscription;

    SubscribedReading(Object content, BodyCopy copy, CompletableFuture<@Nullable Void> over, boolean written) {
        this.content = content;
        this.copy = copy;
        this.over = over;
        this.written = written;
    }

    private static Class<?> type(String suffix) throws ClassNotFoundException {
        return Class.forName(CONTENT + suffix, false, Request.class.getClassLoader());
    }

    void run() throws ReflectiveOperationException {
        Class<?> consumer = type("$Consumer");
        Object reader = Proxy.newProxyInstance(consumer.getClassLoader(), new Class<?>[] {consumer}, this);
        subscription = type("").getMethod("subscribe", consumer, boolean.class).invoke(content, reader, true);
        demand();
    }

    private void demand() throws ReflectiveOperationException {
        type("$Subscription").getMethod("demand").invoke(Objects.requireNonNull(subscription));
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method asked, @Nullable Object @Nullable [] given) throws Throwable {
        switch (asked.getName()) {
            case "onContent":
                Object[] piece = Objects.requireNonNull(given);
                take((ByteBuffer) piece[0], (Boolean) piece[1], (Callback) piece[2]);
                return null;
            case "onFailure":
                over.complete(null);
                return null;
            case "hashCode":
                return System.identityHashCode(proxy);
            case "equals":
                return given != null && proxy == given[0];
            case "toString":
                return "reader of " + content;
            default:
                return asked.isDefault() ? InvocationHandler.invokeDefault(proxy, asked, given) : null;
        }
    }

    private void take(ByteBuffer piece, boolean last, Callback taken) throws ReflectiveOperationException {
        boolean wanted = copy.write(piece);
        taken.succeeded();
        if (last) {
            copy.complete();
        }
        if (last || !wanted) {
            over.complete(null);
        }
        if (!last && (written || !over.isDone())) {
            demand();
        }
    }
}
