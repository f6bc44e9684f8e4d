package dev.resilience.instrument.reactor;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.RequestHead;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;

/** A request as the client was told to make it. */
final class NettyRequest extends RequestHead {

    private final Target target;
    private final HttpHeaders headers;
    private final @Nullable Object sender;
    private final @Nullable NettyBody body;

    /** @param body what its callback does; null where nobody wants to know, or can */
    NettyRequest(HttpClient client, Target target, @Nullable NettyBody body) {
        super(target.method(), target.uri());
        this.target = target;
        this.body = body;
        this.headers = client.configuration().headers();
        this.sender = Settings.sender(client.configuration());
    }

    @Override
    public List<Answer.Header> headers() {
        HttpHeaders sent = body == null ? null : body.headers();
        return all(sent == null ? headers : sent);
    }

    static List<Answer.Header> all(HttpHeaders headers) {
        List<Answer.Header> all = new ArrayList<>(headers.size());
        for (Map.Entry<String, String> header : headers) {
            all.add(new Answer.Header(header.getKey(), header.getValue()));
        }
        return all;
    }

    @Override
    public byte @Nullable [] body() {
        boolean bare = sender == null || method().equals("GET") || method().equals("HEAD");
        return bare ? NO_BODY : body == null ? null : body.bytes();
    }

    @Override
    public CompletionStage<?> gathered() {
        return body == null ? super.gathered() : body.gather(target);
    }

    @Override
    protected @Nullable String cookies() {
        return null;
    }

    /** What sends the body may add any header: before it has, nobody knows who asks. */
    @Override
    protected @Nullable Object credentials() {
        return body == null || body.headers() == null ? sender : null;
    }
}
