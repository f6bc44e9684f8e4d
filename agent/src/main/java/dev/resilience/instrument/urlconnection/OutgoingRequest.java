package dev.resilience.instrument.urlconnection;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.RequestHead;
import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request as it was before the connection connected, which tells nothing of it afterwards. Does not hold the connection. */
final class OutgoingRequest extends RequestHead {

    private final List<Answer.Header> headers;
    private final boolean hasBody;

    private OutgoingRequest(String method, URI uri, List<Answer.Header> headers, boolean hasBody) {
        super(method, uri);
        this.headers = headers;
        this.hasBody = hasBody;
    }

    static OutgoingRequest of(HttpURLConnection connection, String method, URL url, @Nullable String authorization) {
        List<Answer.Header> headers = new ArrayList<>();
        try {
            connection.getRequestProperties().forEach((name, values) -> {
                for (int i = values.size() - 1; i >= 0; i--) {
                    headers.add(new Answer.Header(name, values.get(i)));
                }
            });
        } catch (IllegalStateException connected) {
            // Met only after it connected: nothing is told any more.
        }
        if (authorization != null) {
            headers.add(new Answer.Header("Authorization", authorization));
        }
        return new OutgoingRequest(method, uri(url), headers, connection.getDoOutput());
    }

    private static URI uri(URL url) {
        try {
            return url.toURI();
        } catch (java.net.URISyntaxException lenient) {
            return URI.create(url.getProtocol() + "://" + url.getAuthority() + "/");
        }
    }

    @Override
    public List<Answer.Header> headers() {
        return headers;
    }

    @Override
    public byte @Nullable [] body() {
        return hasBody ? null : NO_BODY;
    }

    @Override
    protected @Nullable String cookies() {
        CookieHandler handler = CookieHandler.getDefault();
        if (handler == null) {
            return null;
        }
        try {
            List<String> cookies = new ArrayList<>();
            handler.get(uri(), Collections.emptyMap()).forEach((name, values) -> {
                if (name.equalsIgnoreCase("Cookie")) {
                    cookies.addAll(values);
                }
            });
            return cookies.isEmpty() ? null : String.join("; ", cookies);
        } catch (IOException unreadable) {
            return null;
        }
    }

    @Override
    protected @Nullable Object credentials() {
        return Authenticator.getDefault();
    }
}
