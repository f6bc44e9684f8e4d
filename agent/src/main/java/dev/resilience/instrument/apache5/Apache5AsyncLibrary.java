package dev.resilience.instrument.apache5;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.WeavePoint;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.nio.AsyncPushConsumer;
import org.apache.hc.core5.http.nio.AsyncRequestProducer;
import org.apache.hc.core5.http.nio.AsyncResponseConsumer;
import org.apache.hc.core5.http.nio.HandlerFactory;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.net.URIAuthority;
import org.jspecify.annotations.Nullable;

/**
 * Guards Apache HttpClient 5, asynchronous, HTTP/1.1 and HTTP/2. Its own retries and redirects are part of the call. What is sent
 * is known to the producer alone, which is therefore asked first. One that makes its request later than it is asked is left
 * alone, as are exchange handlers and leased connections.
 */
public final class Apache5AsyncLibrary implements Client {

    private static final int ARGUMENTS = 6;
    private static final int PRODUCER = 1;
    private static final int CONTEXT = 4;

    private final Guard guard;

    public Apache5AsyncLibrary(Guard guard) {
        this.guard = guard;
    }

    @Override
    public Adapter adapter(WeavePoint point) {
        return this::enter;
    }

    private @Nullable Passage enter(
            Object self, @Nullable Object all, @Nullable Object second, @Nullable Object third) {
        if (!(self instanceof CloseableHttpAsyncClient client)
                || !(all instanceof Object[] arguments)
                || arguments.length != ARGUMENTS
                || !(arguments[PRODUCER] instanceof AsyncRequestProducer producer)
                || producer instanceof AskedProducer
                || !(arguments[2] instanceof AsyncResponseConsumer<?> consumer)) {
            return null;
        }
        HttpContext context = arguments[CONTEXT] instanceof HttpContext given ? given : HttpClientContext.create();
        AskedProducer asked = new AskedProducer(producer);
        HttpRequest request = asked.ask(context);
        HttpHost target = arguments[0] instanceof HttpHost host ? host : null;
        Endpoint endpoint = request == null ? null : endpoint(target, request);
        if (endpoint == null || request == null) {
            return asked.canBeAskedAgain() ? null : new Untouched(arguments, asked, context);
        }
        OutgoingRequest outgoing =
                OutgoingRequest.async(client, request, uri(target, request), context, asked, endpoint.hasFallback());
        AsyncExecution<?> execution = new AsyncExecution<>(
                guard.begin(endpoint, outgoing),
                new AsyncExecution.Sending(client, target, request, asked, push(arguments[3]), context),
                consumer,
                callback(arguments[5]));
        return new Given(execution.open(), execution.future());
    }

    private @Nullable Endpoint endpoint(@Nullable HttpHost target, HttpRequest request) {
        return guard.matchHttp(
                request.getMethod(),
                target == null ? request.getScheme() : target.getSchemeName(),
                host(target, request),
                port(target, request),
                Address.path(request));
    }

    private static java.net.URI uri(@Nullable HttpHost target, HttpRequest request) {
        String scheme = target == null ? request.getScheme() : target.getSchemeName();
        return Address.of(scheme, host(target, request), port(target, request), request);
    }

    private static @Nullable String host(@Nullable HttpHost target, HttpRequest request) {
        URIAuthority authority = request.getAuthority();
        return target != null ? target.getHostName() : authority == null ? null : authority.getHostName();
    }

    private static int port(@Nullable HttpHost target, HttpRequest request) {
        URIAuthority authority = request.getAuthority();
        return target != null ? target.getPort() : authority == null ? -1 : authority.getPort();
    }

    @SuppressWarnings("unchecked") // the woven method's signature says so
    private static @Nullable HandlerFactory<AsyncPushConsumer> push(@Nullable Object argument) {
        return (HandlerFactory<AsyncPushConsumer>) argument;
    }

    @SuppressWarnings("unchecked") // the woven method's signature says so
    private static <T> @Nullable FutureCallback<T> callback(@Nullable Object argument) {
        return (FutureCallback<T>) argument;
    }

    /** What the application gets in place of what the method would give. */
    private static final class Given extends Passage {

        Given(@Nullable RuntimeException failure, Object future) {
            skipped = true;
            thrown = failure;
            result = future;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            // Always skipped.
        }
    }

    /** A call that is none of ours, whose producer is not to be asked a second time. */
    private static final class Untouched extends Passage {

        Untouched(Object[] own, AskedProducer asked, HttpContext context) {
            arguments = own.clone();
            arguments[PRODUCER] = asked;
            arguments[CONTEXT] = context;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            // What the call gave is right.
        }
    }
}
