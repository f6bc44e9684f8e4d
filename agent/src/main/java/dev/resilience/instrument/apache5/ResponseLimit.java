package dev.resilience.instrument.apache5;

import dev.resilience.instrument.http.HiddenFields;
import org.apache.hc.client5.http.config.Configurable;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Has the client itself end a call with a deadline that it was told to cancel: it may leave such a call to run, connection and
 * all, until its own response time-out. The client writes a request's configuration into its context, which is the
 * application's and is to be given back as it was.
 */
final class ResponseLimit {

    private static final String CONFIG = "http.request-config";

    private final CloseableHttpAsyncClient client;
    private final HttpRequest request;
    private final HttpContext context;
    private final @Nullable RequestConfig before;
    private boolean limited;

    ResponseLimit(CloseableHttpAsyncClient client, HttpRequest request, HttpContext context) {
        this.client = client;
        this.request = request;
        this.context = context;
        this.before = of(context);
    }

    /** What the call would be made with, but that neither a connection nor a response is waited for any longer than this. */
    RequestConfig config(long millis) {
        limited = true;
        RequestConfig given = given();
        return RequestConfig.copy(given)
                .setConnectionRequestTimeout(shorter(given.getConnectionRequestTimeout(), millis))
                .setResponseTimeout(shorter(given.getResponseTimeout(), millis))
                .build();
    }

    private static Timeout shorter(@Nullable Timeout own, long millis) {
        if (own != null && !own.isDisabled() && own.toMilliseconds() <= millis) {
            return own;
        }
        return Timeout.ofMilliseconds(millis);
    }

    /** The context is the application's again, and has what the client would have left in it. */
    void lift() {
        if (limited && context instanceof HttpClientContext used) {
            RequestConfig own = request instanceof Configurable configurable ? configurable.getConfig() : null;
            used.setRequestConfig(own == null ? before : own);
        }
    }

    private RequestConfig given() {
        if (request instanceof Configurable configurable && configurable.getConfig() != null) {
            return configurable.getConfig();
        }
        if (before != null) {
            return before;
        }
        try {
            return HiddenFields.value(client, "defaultConfig") instanceof RequestConfig clients
                    ? clients
                    : RequestConfig.DEFAULT;
        } catch (ReflectiveOperationException | RuntimeException none) {
            return RequestConfig.DEFAULT;
        }
    }

    /** What the application set; older contexts have the default where it set nothing. */
    private static @Nullable RequestConfig of(HttpContext context) {
        if (context.getAttribute(CONFIG) instanceof RequestConfig set) {
            return set;
        }
        RequestConfig config = context instanceof HttpClientContext used ? used.getRequestConfig() : null;
        return config == RequestConfig.DEFAULT ? null : config;
    }
}
