package dev.resilience.instrument.apache5;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.WeavePoint;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.net.URIAuthority;
import org.jspecify.annotations.Nullable;

/** Guards Apache HttpClient 5, classic. Nothing that is instrumented lies beneath it, so no thread is marked while a call runs. */
public final class Apache5Library implements Client {

    private final Guard guard;

    public Apache5Library(Guard guard) {
        this.guard = guard;
    }

    @Override
    public Adapter adapter(WeavePoint point) {
        return this::enter;
    }

    private @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (!(self instanceof CloseableHttpClient client) || !(second instanceof ClassicHttpRequest request)) {
            return null;
        }
        HttpHost target = first instanceof HttpHost host ? host : null;
        URIAuthority authority = request.getAuthority();
        String scheme = target == null ? request.getScheme() : target.getSchemeName();
        String host = target != null ? target.getHostName() : authority == null ? null : authority.getHostName();
        int port = target != null ? target.getPort() : authority == null ? -1 : authority.getPort();
        Endpoint endpoint = guard.matchHttp(request.getMethod(), scheme, host, port, Address.path(request));
        if (endpoint == null) {
            return null;
        }
        HttpContext context = third instanceof HttpContext given ? given : null;
        OutgoingRequest outgoing = OutgoingRequest.classic(
                client, request, Address.of(scheme, host, port, request), context, endpoint.hasFallback());
        return new ExecutePassage(guard.begin(endpoint, outgoing), client, target, request, context, outgoing.oneTime())
                .open();
    }
}
