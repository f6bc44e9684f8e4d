package dev.resilience.instrument.jetty9;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.HiddenFields;
import dev.resilience.instrument.http.RequestHead;
import java.io.ByteArrayOutputStream;
import java.net.CookieStore;
import java.net.HttpCookie;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpRequest;
import org.eclipse.jetty.http.HttpField;
import org.jspecify.annotations.Nullable;

/** A request, with what its client adds to it. */
final class OutgoingRequest extends RequestHead {

    private final HttpRequest request;

    private OutgoingRequest(HttpRequest request, URI uri) {
        super(request.getMethod(), uri);
        this.request = request;
    }

    /** Null for one that goes nowhere. */
    static @Nullable OutgoingRequest of(HttpRequest request) {
        URI uri = request.getURI();
        return uri == null ? null : new OutgoingRequest(request, uri);
    }

    @Override
    public List<Answer.Header> headers() {
        return headers(request.getHeaders());
    }

    /** @param fields of a type that is a class in the oldest versions and an interface in newer ones */
    static List<Answer.Header> headers(Iterable<HttpField> fields) {
        List<Answer.Header> headers = new ArrayList<>();
        for (HttpField field : fields) {
            headers.add(new Answer.Header(field.getName(), field.getValue() == null ? "" : field.getValue()));
        }
        return headers;
    }

    static @Nullable Object content(HttpRequest request) {
        try {
            Object content = HiddenFields.value(request, "content");
            return content == null ? HiddenFields.value(request, "body") : content;
        } catch (ReflectiveOperationException unknown) {
            return request;
        }
    }

    static boolean knownBody(@Nullable Object content) {
        return content == null || pieces(content) != null;
    }

    private static byte @Nullable [] @Nullable [] pieces(Object content) {
        String type = content.getClass().getName();
        try {
            if (type.equals("org.eclipse.jetty.client.internal.RequestContentAdapter")) {
                Object provider = HiddenFields.value(content, "provider");
                return provider == null ? null : pieces(provider);
            }
            return type.matches(
                            "org\\.eclipse\\.jetty\\.client\\.util\\.(Bytes|String)(ContentProvider|RequestContent)")
                    ? (byte[][]) HiddenFields.value(content, "bytes")
                    : null;
        } catch (ReflectiveOperationException unknown) {
            return null;
        }
    }

    @Override
    public byte @Nullable [] body() {
        Object content = content(request);
        if (content == null) {
            return NO_BODY;
        }
        byte[][] pieces = pieces(content);
        if (pieces == null) {
            return null;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] piece : pieces) {
            if (bytes.size() + piece.length > MAX_BODY) {
                return null;
            }
            bytes.writeBytes(piece);
        }
        return bytes.toByteArray();
    }

    @Override
    protected @Nullable String cookies() {
        try {
            HttpClient client = JettyCall.client(request);
            Object store = HttpClient.class.getMethod("getCookieStore").invoke(client);
            Stream<HttpCookie> stored = store instanceof CookieStore own ? own.get(uri()).stream() : Stream.empty();
            String cookies = Stream.concat(request.getCookies().stream(), stored)
                    .map(cookie -> cookie.getName() + "=" + cookie.getValue())
                    .collect(Collectors.joining("; "));
            return cookies.isEmpty() ? null : cookies;
        } catch (ReflectiveOperationException unknown) {
            throw new IllegalStateException(unknown);
        }
    }

    @Override
    protected @Nullable Object credentials() {
        HttpClient client = JettyCall.client(request);
        try {
            Object store = HiddenFields.value(client, "authenticationStore");
            Object ready = store == null ? null : HiddenFields.value(store, "authentications");
            Object used = store == null ? null : HiddenFields.value(store, "results");
            boolean none = ready instanceof Collection<?> all
                    && all.isEmpty()
                    && used instanceof Map<?, ?> results
                    && results.isEmpty();
            return none ? null : client;
        } catch (ReflectiveOperationException unknown) {
            return client;
        }
    }
}
