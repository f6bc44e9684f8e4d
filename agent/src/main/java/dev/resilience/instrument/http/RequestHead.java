package dev.resilience.instrument.http;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpRequestView;
import java.net.URI;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request as it will be sent: cookies and credentials that the client adds by itself belong to it, or one user could be
 * given another's stored answer.
 */
public abstract class RequestHead implements HttpRequestView {

    private final String method;
    private final URI uri;

    protected RequestHead(String method, URI uri) {
        this.method = method;
        this.uri = uri;
    }

    @Override
    public final String method() {
        return method;
    }

    @Override
    public final URI uri() {
        return uri;
    }

    @Override
    public final List<String> header(String name) {
        List<String> values = ResponseHead.values(headers(), name);
        if (name.equalsIgnoreCase("Cookie")) {
            String cookies = cookies();
            if (cookies != null) {
                values.add(cookies);
            }
        } else if (name.equalsIgnoreCase("Authorization") && values.isEmpty()) {
            Object whose = credentials();
            return whose == null ? values : Collections.singletonList(StandIn.of(whose));
        }
        return values;
    }

    /** Cookies that the client adds to the application's own, or something that stands for them; null when it adds none. */
    protected abstract @Nullable String cookies();

    /**
     * What holds the credentials that the client has ready for a challenge; null when it has none. Whose they are is known only
     * after the challenge, so no two holders are taken for the same user.
     */
    protected abstract @Nullable Object credentials();

    /** An empty body. */
    protected static final byte[] NO_BODY = new byte[0];

    /** All headers of one name and value each, as the application set them. */
    @Override
    public abstract List<Answer.Header> headers();
}
