package dev.resilience.instrument.reactor;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.RequestHead;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;

/** A request as the client was told to make it. */
final class NettyRequest extends RequestHead {

    private final HttpHeaders headers;
    private final @Nullable Object sender;

    NettyRequest(HttpClient client, Target target) {
        super(target.method(), target.uri());
        this.headers = client.configuration().headers();
        this.sender = Settings.sender(client.configuration());
    }

    @Override
    public List<Answer.Header> headers() {
        return all(headers);
    }

    static List<Answer.Header> all(HttpHeaders headers) {
        List<Answer.Header> all = new ArrayList<>(headers.size());
        for (Map.Entry<String, String> header : headers) {
            all.add(new Answer.Header(header.getKey(), header.getValue()));
        }
        return all;
    }

    /** Bodies are published while they are sent. */
    @Override
    public byte @Nullable [] body() {
        boolean bare = sender == null || method().equals("GET") || method().equals("HEAD");
        return bare ? NO_BODY : null;
    }

    @Override
    protected @Nullable String cookies() {
        return null;
    }

    /** What sends the body may add any header, when it is too late to ask. */
    @Override
    protected @Nullable Object credentials() {
        return sender;
    }
}
