package dev.resilience.instrument.reactor;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.RequestHead;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.client.ClientRequest;

/** A request behind the application's filters. */
final class OutgoingRequest extends RequestHead {

    private final ClientRequest request;

    OutgoingRequest(ClientRequest request) {
        super(request.method().name(), request.url());
        this.request = request;
    }

    @Override
    public List<Answer.Header> headers() {
        List<Answer.Header> headers = new ArrayList<>();
        request.headers().forEach((name, values) -> {
            for (String value : values) {
                headers.add(new Answer.Header(name, value));
            }
        });
        return headers;
    }

    /** Bodies are published while they are sent. */
    @Override
    public byte @Nullable [] body() {
        return mayHaveBody() ? null : NO_BODY;
    }

    boolean mayHaveBody() {
        return !method().equals("GET") && !method().equals("HEAD") && !method().equals("OPTIONS");
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
