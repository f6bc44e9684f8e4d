package dev.resilience.guard;

import dev.resilience.fallback.Answer;
import dev.resilience.fallback.IdempotencyKey;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A request whose rule says that it may be made twice although its method does not: with a key by which the dependency can tell
 * that it is the same one. The application's own, where it sends one. Used by one thread at a time.
 */
final class KeyedRequest implements HttpRequestView {

    private final HttpRequestView request;
    private final String service;

    /** Made when first asked for: not every client knows its headers when the call begins. */
    private @Nullable String key;

    private boolean asked;

    private KeyedRequest(HttpRequestView request, String service) {
        this.request = request;
        this.service = service;
    }

    /** The request itself where its method needs no key. */
    static HttpRequestView of(HttpRequestView request, String service) {
        return request.idempotent() ? request : new KeyedRequest(request, service);
    }

    /** The key that is to be sent along; null where the application sends its own. */
    @Nullable
    String ownKey() {
        if (!asked) {
            asked = true;
            if (request.header(IdempotencyKey.HEADER).isEmpty()) {
                key = IdempotencyKey.fresh(service, System.currentTimeMillis());
            }
        }
        return key;
    }

    @Override
    public @Nullable Object holder() {
        return request.holder();
    }

    @Override
    public String method() {
        return request.method();
    }

    @Override
    public URI uri() {
        return request.uri();
    }

    @Override
    public List<String> header(String name) {
        String own = name.equalsIgnoreCase(IdempotencyKey.HEADER) ? ownKey() : null;
        return own == null ? request.header(name) : List.of(own);
    }

    @Override
    public List<Answer.Header> headers() {
        String own = ownKey();
        List<Answer.Header> headers = request.headers();
        if (own == null) {
            return headers;
        }
        List<Answer.Header> all = new ArrayList<>(headers);
        all.removeIf(header -> header.name().equalsIgnoreCase(IdempotencyKey.HEADER));
        all.add(new Answer.Header(IdempotencyKey.HEADER, own));
        return all;
    }

    @Override
    public CompletionStage<?> gathered() {
        return request.gathered();
    }

    @Override
    public byte @Nullable [] body() {
        return request.body();
    }
}
