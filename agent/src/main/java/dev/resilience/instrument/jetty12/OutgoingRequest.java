package dev.resilience.instrument.jetty12;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.HiddenFields;
import dev.resilience.instrument.http.RequestHead;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.transport.HttpRequest;
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

    static List<Answer.Header> headers(Iterable<HttpField> fields) {
        List<Answer.Header> headers = new ArrayList<>();
        for (HttpField field : fields) {
            headers.add(new Answer.Header(field.getName(), field.getValue() == null ? "" : field.getValue()));
        }
        return headers;
    }

    static boolean knownBody(@Nullable Object body) {
        return body == null || buffers(body) != null;
    }

    private static @Nullable Collection<?> buffers(Object body) {
        String type = body.getClass().getName();
        try {
            return type.equals("org.eclipse.jetty.client.BytesRequestContent")
                            || type.equals("org.eclipse.jetty.client.StringRequestContent")
                            || type.equals("org.eclipse.jetty.client.ByteBufferRequestContent")
                    ? (Collection<?>) HiddenFields.value(body, "byteBuffers")
                    : null;
        } catch (ReflectiveOperationException unknown) {
            return null;
        }
    }

    @Override
    public byte @Nullable [] body() {
        Object body = request.getBody();
        if (body == null) {
            return NO_BODY;
        }
        Collection<?> buffers = buffers(body);
        if (buffers == null) {
            return null;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Object buffer : buffers) {
            ByteBuffer piece = ((ByteBuffer) buffer).slice();
            if (bytes.size() + piece.remaining() > MAX_BODY) {
                return null;
            }
            byte[] copied = new byte[piece.remaining()];
            piece.get(copied);
            bytes.writeBytes(copied);
        }
        return bytes.toByteArray();
    }

    @Override
    protected @Nullable String cookies() {
        HttpClient client = JettyCall.client(request);
        String cookies = Stream.concat(request.getCookies().stream(), client.getHttpCookieStore().match(uri()).stream())
                .map(cookie -> cookie.getName() + "=" + cookie.getValue())
                .collect(Collectors.joining("; "));
        return cookies.isEmpty() ? null : cookies;
    }

    @Override
    protected @Nullable Object credentials() {
        HttpClient client = JettyCall.client(request);
        try {
            Object store = client.getAuthenticationStore();
            Object ready = HiddenFields.value(store, "authentications");
            Object used = HiddenFields.value(store, "results");
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
