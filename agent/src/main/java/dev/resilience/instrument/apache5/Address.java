package dev.resilience.instrument.apache5;

import dev.resilience.rule.HostNames;
import java.net.URI;
import org.apache.hc.core5.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/** Where a request goes. */
final class Address {

    private Address() {}

    /** The path, still encoded, without the query. */
    static String path(HttpRequest request) {
        String uri = request.getRequestUri();
        if (uri == null) {
            return "/";
        }
        int query = uri.indexOf('?');
        return query < 0 ? uri : uri.substring(0, query);
    }

    /** @param port -1 for the scheme's own */
    static URI of(@Nullable String scheme, @Nullable String host, int port, HttpRequest request) {
        String uri = request.getRequestUri();
        // Since 5.3 of its core it tells an address with the brackets.
        String named = host == null ? null : HostNames.inUrl(host);
        return URI.create(scheme + "://" + named + (port < 0 ? "" : ":" + port) + (uri == null ? "/" : uri));
    }
}
