package dev.resilience.instrument.vertx;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.RequestHead;
import io.vertx.core.MultiMap;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request that begins to be sent. */
final class OutgoingRequest extends RequestHead {

    private final List<Answer.Header> headers;
    private final byte @Nullable [] body;

    OutgoingRequest(String method, URI uri, MultiMap headers, byte @Nullable [] body) {
        super(method, uri);
        this.headers = all(headers);
        this.body = body;
    }

    static List<Answer.Header> all(MultiMap headers) {
        List<Answer.Header> all = new ArrayList<>();
        for (Map.Entry<String, String> header : headers.entries()) {
            all.add(new Answer.Header(header.getKey(), header.getValue()));
        }
        return all;
    }

    @Override
    public List<Answer.Header> headers() {
        return headers;
    }

    @Override
    public byte @Nullable [] body() {
        return body == null || body.length > MAX_BODY ? null : body;
    }

    @Override
    protected @Nullable String cookies() {
        return null;
    }

    @Override
    protected @Nullable Object credentials() {
        return null;
    }
}
