package dev.resilience.instrument.vertx;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.RequestHead;
import io.vertx.core.MultiMap;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A request that begins to be sent. */
final class OutgoingRequest extends RequestHead {

    private final List<Answer.Header> headers;
    private final byte @Nullable [] whole;
    private final @Nullable WrittenBody written;

    /**
     * @param whole the body, where it is there already; else null
     * @param written what is written of it meanwhile; null where nobody will want to be told
     */
    OutgoingRequest(String method, URI uri, MultiMap headers, byte @Nullable [] whole, @Nullable WrittenBody written) {
        super(method, uri);
        this.headers = all(headers);
        this.whole = whole;
        this.written = written;
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
        byte[] body = whole == null && written != null ? written.all() : whole;
        return body == null || body.length > MAX_BODY ? null : body;
    }

    @Override
    public CompletionStage<?> gathered() {
        return whole != null || written == null ? super.gathered() : written.gather();
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
