package dev.resilience.instrument.urlconnection;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.RequestHead;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
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

    private final Reference<HttpURLConnection> connection;
    private final List<Answer.Header> headers;
    private final boolean mayHaveBody;
    private boolean written;
    private boolean unwritten;
    private @Nullable ByteArrayOutputStream sent;

    private OutgoingRequest(HttpURLConnection connection, String method, URI uri, List<Answer.Header> headers) {
        super(method, uri);
        this.connection = new WeakReference<>(connection);
        this.headers = headers;
        this.mayHaveBody = connection.getDoOutput();
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
        return new OutgoingRequest(connection, method, uri(url), headers);
    }

    private static URI uri(URL url) {
        try {
            return url.toURI();
        } catch (java.net.URISyntaxException lenient) {
            return URI.create(url.getProtocol() + "://" + url.getAuthority() + "/");
        }
    }

    @Override
    public @Nullable Object holder() {
        return connection.get();
    }

    @Override
    public List<Answer.Header> headers() {
        return headers;
    }

    /** The application asks where to write, or for the response: without the first, it writes nothing. */
    void asked(boolean whereToWrite) {
        written |= whereToWrite;
        unwritten |= !written;
    }

    /** What the application writes, where it is kept. */
    void sent(@Nullable ByteArrayOutputStream body) {
        sent = body;
    }

    @Override
    public byte @Nullable [] body() {
        ByteArrayOutputStream known = sent;
        if (known == null) {
            return mayHaveBody && !unwritten ? null : NO_BODY;
        }
        boolean whole = !(known instanceof KeptBody kept) || kept.isWhole();
        return whole && known.size() <= MAX_BODY ? known.toByteArray() : null;
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
