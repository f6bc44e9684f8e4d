package dev.resilience.instrument.asynchttp;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.RequestHead;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.asynchttpclient.AsyncHttpClient;
import org.asynchttpclient.AsyncHttpClientConfig;
import org.asynchttpclient.Request;
import org.jspecify.annotations.Nullable;

/** A request, with what its client adds to it. */
final class OutgoingRequest extends RequestHead {

    private final AsyncHttpClient client;
    private final Request request;

    OutgoingRequest(AsyncHttpClient client, Request request) {
        super(request.getMethod(), URI.create(request.getUrl()));
        this.client = client;
        this.request = request;
    }

    @Override
    public List<Answer.Header> headers() {
        return headers(request.getHeaders());
    }

    static List<Answer.Header> headers(HttpHeaders all) {
        List<Answer.Header> headers = new ArrayList<>(all.size());
        for (Map.Entry<String, String> header : all) {
            headers.add(new Answer.Header(header.getKey(), header.getValue()));
        }
        return headers;
    }

    /** Whether the body can be sent twice: parts may be streams. */
    boolean repeatable() {
        return request.getStreamData() == null
                && request.getBodyGenerator() == null
                && request.getBodyParts().isEmpty();
    }

    @Override
    public byte @Nullable [] body() {
        byte[] body = NO_BODY;
        if (request.getByteData() != null) {
            body = request.getByteData();
        } else if (request.getStringData() != null) {
            Charset charset = request.getCharset() == null ? StandardCharsets.UTF_8 : request.getCharset();
            body = request.getStringData().getBytes(charset);
        } else if (!repeatable()
                || request.getCompositeByteData() != null
                || request.getByteBufferData() != null
                || request.getFile() != null
                || !request.getFormParams().isEmpty()) {
            return null;
        }
        return body.length > MAX_BODY ? null : body;
    }

    @Override
    protected @Nullable String cookies() {
        var store = client.getConfig().getCookieStore();
        var stored = store == null ? List.<io.netty.handler.codec.http.cookie.Cookie>of() : store.get(request.getUri());
        String cookies = Stream.concat(request.getCookies().stream(), stored.stream())
                .map(cookie -> cookie.name() + "=" + cookie.value())
                .collect(Collectors.joining("; "));
        return cookies.isEmpty() ? null : cookies;
    }

    @Override
    protected @Nullable Object credentials() {
        AsyncHttpClientConfig config = client.getConfig();
        if (request.getRealm() != null) {
            return request.getRealm();
        }
        // A filter may add anything.
        return config.getRealm() == null && config.getRequestFilters().isEmpty() ? null : client;
    }
}
