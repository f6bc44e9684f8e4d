package dev.resilience.instrument.reactor;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.RequestHead;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientRequest;

/** A request behind the application's filters. */
final class OutgoingRequest extends RequestHead {

    private static final String CONTENT_TYPE = "Content-Type";

    private final ClientRequest request;

    private final @Nullable RequestBody body;

    /** @param body its body; null where nobody will want to be told */
    OutgoingRequest(ClientRequest request, @Nullable RequestBody body) {
        super(request.method().name(), request.url());
        this.request = request;
        this.body = request.body() == BodyInserters.empty() ? null : body;
    }

    ClientRequest request() {
        return request;
    }

    /** The request to send. */
    ClientRequest sent() {
        return body == null ? request : body.keeping(request);
    }

    @Override
    public List<Answer.Header> headers() {
        List<Answer.Header> headers = new ArrayList<>();
        // The encoder's, which may have set it or added to it (a charset, a boundary).
        String written = body == null ? null : body.contentType();
        request.headers().forEach((name, values) -> {
            if (written == null || !name.equalsIgnoreCase(CONTENT_TYPE)) {
                values.forEach(value -> headers.add(new Answer.Header(name, value)));
            }
        });
        if (written != null) {
            headers.add(new Answer.Header(CONTENT_TYPE, written));
        }
        return headers;
    }

    @Override
    public byte @Nullable [] body() {
        if (body != null) {
            return body.bytes();
        }
        return mayHaveBody() ? null : NO_BODY;
    }

    /** Bodies are published while they are sent: most can be sent once only. */
    boolean mayHaveBody() {
        boolean bare = method().equals("GET") || method().equals("HEAD") || method().equals("OPTIONS");
        return !bare && request.body() != BodyInserters.empty();
    }

    @Override
    protected @Nullable String cookies() {
        List<String> cookies = new ArrayList<>();
        request.cookies().forEach((name, values) -> {
            for (String value : values) {
                cookies.add(name + "=" + value);
            }
        });
        return cookies.isEmpty() ? null : String.join("; ", cookies);
    }

    @Override
    protected @Nullable Object credentials() {
        return null;
    }
}
