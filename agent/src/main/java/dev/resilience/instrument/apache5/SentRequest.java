package dev.resilience.instrument.apache5;

import org.apache.hc.client5.http.config.Configurable;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.jspecify.annotations.Nullable;

/** A copy of the application's request, which stays as it is: the same one may be on its way elsewhere, or go out again. */
final class SentRequest extends BasicHttpRequest implements Configurable {

    private static final long serialVersionUID = 1L;

    private static final String TRACEPARENT = "traceparent";

    private final transient @Nullable RequestConfig config;

    private SentRequest(HttpRequest request) {
        super(request.getMethod(), (HttpHost) null, request.getPath());
        setScheme(request.getScheme());
        setAuthority(request.getAuthority());
        setVersion(request.getVersion());
        setHeaders(request.getHeaders());
        config = request instanceof Configurable configurable ? configurable.getConfig() : null;
    }

    /**
     * @param traceparent null for none
     * @param anyway whether to copy it with nothing to add, because the client itself adds to what it is given
     * @return the request itself when it has such a header, or cannot be copied in full
     */
    static HttpRequest of(HttpRequest request, @Nullable String traceparent, boolean anyway) {
        boolean traced = traceparent != null && !request.containsHeader(TRACEPARENT);
        if (!traced && !anyway) {
            return request;
        }
        SentRequest sent = new SentRequest(request);
        if (traced) {
            sent.setHeader(TRACEPARENT, traceparent);
        }
        String target = request.getRequestUri();
        return target != null && target.equals(sent.getRequestUri()) ? sent : request;
    }

    @Override
    public @Nullable RequestConfig getConfig() {
        return config;
    }
}
