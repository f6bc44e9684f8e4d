package dev.resilience.instrument.apache5;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.AddedHeaders;
import java.util.List;
import org.apache.hc.client5.http.config.Configurable;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.jspecify.annotations.Nullable;

/** A copy of the application's request, which stays as it is: the same one may be on its way elsewhere, or go out again. */
final class SentRequest extends BasicHttpRequest implements Configurable {

    private static final long serialVersionUID = 1L;

    private final transient @Nullable RequestConfig config;

    private SentRequest(HttpRequest request, @Nullable RequestConfig config) {
        super(request.getMethod(), (HttpHost) null, request.getPath());
        setScheme(request.getScheme());
        setAuthority(request.getAuthority());
        setVersion(request.getVersion());
        setHeaders(request.getHeaders());
        this.config =
                config == null && request instanceof Configurable configurable ? configurable.getConfig() : config;
    }

    /**
     * @param along what is to be added, where the request has none of that name
     * @param anyway whether to copy it with nothing to add, because the client itself adds to what it is given
     * @param config in place of the request's own; null for that
     * @return the request itself when there is nothing to change, or it cannot be copied in full
     */
    static HttpRequest of(
            HttpRequest request, List<Answer.Header> along, boolean anyway, @Nullable RequestConfig config) {
        if (along.isEmpty() && !anyway && config == null) {
            return request;
        }
        SentRequest sent = new SentRequest(request, config);
        if (AddedHeaders.add(along, sent::containsHeader, sent::setHeader).isEmpty() && !anyway && config == null) {
            return request;
        }
        String target = request.getRequestUri();
        return target != null && target.equals(sent.getRequestUri()) ? sent : request;
    }

    @Override
    public @Nullable RequestConfig getConfig() {
        return config;
    }
}
