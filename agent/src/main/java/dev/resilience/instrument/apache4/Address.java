package dev.resilience.instrument.apache4;

import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import java.net.URI;
import org.apache.http.HttpHost;
import org.apache.http.HttpRequest;
import org.apache.http.client.methods.HttpUriRequest;
import org.jspecify.annotations.Nullable;

/** Where a request goes. */
final class Address {

    private Address() {}

    /** As the application gave it, which may be without a host. */
    static URI of(HttpRequest request) {
        URI uri = request instanceof HttpUriRequest addressed ? addressed.getURI() : null;
        return uri == null ? URI.create(request.getRequestLine().getUri()) : uri;
    }

    /** @param uri {@linkplain #of of} the request */
    static @Nullable Endpoint endpoint(Guard guard, @Nullable HttpHost target, HttpRequest request, URI uri) {
        String method = request.getRequestLine().getMethod();
        return target == null
                ? guard.matchHttp(method, uri)
                : guard.matchHttp(
                        method, target.getSchemeName(), target.getHostName(), target.getPort(), uri.getRawPath());
    }
}
