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
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.transport.HttpRequest;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/** A request, with what its client adds to it. */
final class OutgoingRequest extends RequestHead {

    private final HttpRequest request;
    private final Request.@Nullable Content body;
    private final @Nullable RequestBody oneTime;

    private OutgoingRequest(HttpRequest request, URI uri, boolean told) {
        super(request.getMethod(), uri);
        this.request = request;
        this.body = request.getBody();
        this.oneTime = !told || body == null || knownBody(body)
                ? null
                : new RequestBody(body, request.getHeaders().getLongField(HttpHeader.CONTENT_LENGTH));
    }

    /** Null for one that goes nowhere. @param told whether somebody may want to know its body */
    static @Nullable OutgoingRequest of(HttpRequest request, boolean told) {
        URI uri = request.getURI();
        return uri == null ? null : new OutgoingRequest(request, uri, told);
    }

    /** The body, to be sent in the request's own's place; null where that is told without. */
    @Nullable
    RequestBody oneTime() {
        return oneTime;
    }

    @Override
    public List<Answer.Header> headers() {
        List<Answer.Header> headers = headers(request.getHeaders());
        if (body != null && !request.getHeaders().contains(HttpHeader.CONTENT_TYPE)) {
            // As the client says it of the body.
            String type = body.getContentType();
            String said = type == null ? JettyCall.client(request).getDefaultRequestContentType() : type;
            if (said != null) {
                headers.add(new Answer.Header(HttpHeader.CONTENT_TYPE.asString(), said));
            }
        }
        return headers;
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
                            || type.equals("org.eclipse.jetty.client.FormRequestContent")
                            || type.equals("org.eclipse.jetty.client.ByteBufferRequestContent")
                    ? (Collection<?>) HiddenFields.value(body, "byteBuffers")
                    : null;
        } catch (ReflectiveOperationException unknown) {
            return null;
        }
    }

    @Override
    public byte @Nullable [] body() {
        if (body == null) {
            return NO_BODY;
        }
        if (oneTime != null) {
            return oneTime.bytes();
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
    public CompletionStage<?> gathered() {
        return oneTime == null ? super.gathered() : oneTime.gather();
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
