package dev.resilience.instrument.apache5;

import org.apache.hc.client5.http.config.Configurable;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.jspecify.annotations.Nullable;

/** A request with one header more than the application's, which stays as it is: the same one may be on its way elsewhere. */
final class TracedRequest extends BasicHttpRequest implements Configurable {

    private static final long serialVersionUID = 1L;

    private final transient @Nullable RequestConfig config;

    private TracedRequest(HttpRequest request) {
        super(request.getMethod(), (HttpHost) null, request.getPath());
        setScheme(request.getScheme());
        setAuthority(request.getAuthority());
        setVersion(request.getVersion());
        setHeaders(request.getHeaders());
        config = request instanceof Configurable configurable ? configurable.getConfig() : null;
    }

    /** @return the request itself when it has such a header, or cannot be told in full */
    static HttpRequest of(HttpRequest request, String name, @Nullable String value) {
        if (value == null || request.containsHeader(name)) {
            return request;
        }
        TracedRequest traced = new TracedRequest(request);
        traced.setHeader(name, value);
        String target = request.getRequestUri();
        return target != null && target.equals(traced.getRequestUri()) ? traced : request;
    }

    @Override
    public @Nullable RequestConfig getConfig() {
        return config;
    }
}
