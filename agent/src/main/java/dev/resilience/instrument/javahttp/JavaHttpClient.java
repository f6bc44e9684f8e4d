package dev.resilience.instrument.javahttp;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.guard.HttpCall;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.WeavePoint;
import dev.resilience.instrument.http.Elsewhere;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.PushPromiseHandler;
import org.jspecify.annotations.Nullable;

/**
 * Guards the JDK's HTTP client. Nothing that is instrumented lies beneath it, so no thread is marked while a call runs: what
 * the application's body handlers and publishers call is guarded as ever. WebSocket handshakes pass.
 */
public final class JavaHttpClient implements Client {

    /** Applications cannot make requests of this class; the client's own WebSocket handshake does. */
    private static final String INTERNAL_REQUEST = "jdk.internal.net.http.HttpRequestImpl";

    private final Guard guard;

    public JavaHttpClient(Guard guard) {
        this.guard = guard;
    }

    @Override
    public Adapter adapter(WeavePoint point) {
        return point.method().equals("send") ? new Sync() : new Async();
    }

    /** The call's exchange, or null when no rule matches. */
    private <T> @Nullable Exchange<T> begin(HttpClient client, HttpRequest request, BodyHandler<T> handler) {
        String method = request.method();
        URI uri = request.uri();
        if (method == null || uri == null || request.getClass().getName().equals(INTERNAL_REQUEST)) {
            return null;
        }
        Endpoint endpoint = guard.matchHttp(method, uri);
        if (endpoint == null) {
            return null;
        }
        boolean answerable = endpoint.hasFallback();
        OneTimePublisher body =
                answerable ? OneTimePublisher.of(request.bodyPublisher().orElse(null)) : null;
        Elsewhere elsewhere = new Elsewhere(client.executor().orElse(null));
        HttpCall call = guard.begin(endpoint, new RequestView(client, request, body, elsewhere));
        return new Exchange<>(call, client, request, handler, body, answerable, elsewhere);
    }

    private final class Sync implements Adapter {

        @Override
        public @Nullable Passage enter(
                Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
            if (!(self instanceof HttpClient client)
                    || !(first instanceof Object[] arguments)
                    || !(arguments[0] instanceof HttpRequest request)
                    || !(arguments[1] instanceof BodyHandler<?> handler)) {
                return null;
            }
            Exchange<?> exchange = begin(client, request, handler);
            return exchange == null ? null : SendPassage.open(exchange);
        }
    }

    private final class Async implements Adapter {

        @Override
        public @Nullable Passage enter(
                Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
            if (!(self instanceof HttpClient client)
                    || !(first instanceof Object[] arguments)
                    || !(arguments[0] instanceof HttpRequest request)
                    || !(arguments[1] instanceof BodyHandler<?> handler)) {
                return null;
            }
            return open(client, request, handler, arguments[2]);
        }

        @SuppressWarnings("unchecked") // the woven method's signature binds both handlers to one type
        private <T> @Nullable Passage open(
                HttpClient client, HttpRequest request, BodyHandler<T> handler, @Nullable Object pushes) {
            Exchange<T> exchange = begin(client, request, handler);
            return exchange == null ? null : SendAsyncPassage.open(exchange, (PushPromiseHandler<T>) pushes);
        }
    }
}
