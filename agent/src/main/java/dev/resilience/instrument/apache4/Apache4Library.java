package dev.resilience.instrument.apache4;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.WeavePoint;
import java.net.URI;
import org.apache.http.HttpHost;
import org.apache.http.HttpRequest;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/** Guards Apache HttpClient 4.5. Nothing that is instrumented lies beneath it, so no thread is marked while a call runs. */
public final class Apache4Library implements Client {

    private final Guard guard;

    public Apache4Library(Guard guard) {
        this.guard = guard;
    }

    @Override
    public Adapter adapter(WeavePoint point) {
        return this::enter;
    }

    private @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (!(self instanceof CloseableHttpClient client) || !(second instanceof HttpRequest request)) {
            return null;
        }
        HttpHost target = first instanceof HttpHost host ? host : null;
        URI uri = Address.of(request);
        Endpoint endpoint = Address.endpoint(guard, target, request, uri);
        if (endpoint == null) {
            return null;
        }
        HttpContext context = third instanceof HttpContext given ? given : null;
        OutgoingRequest outgoing =
                OutgoingRequest.classic(client, target, request, uri, context, endpoint.hasFallback());
        return new ExecutePassage(guard.begin(endpoint, outgoing), client, target, request, context, outgoing.oneTime())
                .open();
    }
}
