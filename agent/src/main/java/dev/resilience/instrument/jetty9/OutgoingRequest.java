package dev.resilience.instrument.jetty9;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.HiddenFields;
import dev.resilience.instrument.http.RequestHead;
import dev.resilience.instrument.http.ResponseHead;
import java.io.ByteArrayOutputStream;
import java.net.CookieStore;
import java.net.HttpCookie;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpRequest;
import org.eclipse.jetty.client.api.ContentProvider;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** A request, with what its client adds to it. */
final class OutgoingRequest extends RequestHead {

    private static final String CONTENT_TYPE = "Content-Type";
    private static final String ADAPTER = "org.eclipse.jetty.client.internal.RequestContentAdapter";
    private static final String IN_MEMORY =
            "org\\.eclipse\\.jetty\\.client\\.util\\.(Bytes|String|Form)(ContentProvider|RequestContent)";

    private final HttpRequest request;
    private final @Nullable RequestBody oneTime;

    private OutgoingRequest(HttpRequest request, URI uri, boolean told) {
        super(request.getMethod(), uri);
        this.request = request;
        Object content = content(request);
        this.oneTime = !told || content == null || knownBody(content) ? null : new RequestBody(request, content);
    }

    /** Null for one that goes nowhere. @param told whether somebody may want to know its body */
    static @Nullable OutgoingRequest of(HttpRequest request, boolean told) {
        URI uri = request.getURI();
        return uri == null ? null : new OutgoingRequest(request, uri, told);
    }

    /** The body, which listens to how it is sent; null where that is told without. */
    @Nullable
    RequestBody oneTime() {
        return oneTime;
    }

    @Override
    public List<Answer.Header> headers() {
        List<Answer.Header> headers = headers(request.getHeaders());
        Object content = content(request);
        if (content != null && ResponseHead.values(headers, CONTENT_TYPE).isEmpty()) {
            // As the client says it of the body.
            Object type = typeOf(content);
            Object said = type == null ? asked(JettyCall.client(request), "getDefaultRequestContentType") : type;
            if (said != null) {
                headers.add(new Answer.Header(CONTENT_TYPE, said.toString()));
            }
        }
        return headers;
    }

    private static @Nullable Object typeOf(Object content) {
        if (content instanceof ContentProvider) {
            return content instanceof ContentProvider.Typed typed ? typed.getContentType() : null;
        }
        return asked(content, "getContentType");
    }

    /** What a method says that only some versions have; null where this one does not. */
    private static @Nullable Object asked(Object of, String method) {
        try {
            return of.getClass().getMethod(method).invoke(of);
        } catch (ReflectiveOperationException | RuntimeException otherVersion) {
            return null;
        }
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

    /** What is inside of what newer versions make of an older provider; else the content itself. */
    static Object provider(Object content) {
        try {
            Object inside =
                    content.getClass().getName().equals(ADAPTER) ? HiddenFields.value(content, "provider") : null;
            return inside == null ? content : inside;
        } catch (ReflectiveOperationException unknown) {
            return content;
        }
    }

    static boolean knownBody(@Nullable Object content) {
        return content == null || pieces(content) != null;
    }

    private static byte @Nullable [] @Nullable [] pieces(Object content) {
        Object provider = provider(content);
        try {
            return provider.getClass().getName().matches(IN_MEMORY)
                    ? (byte[][]) HiddenFields.value(provider, "bytes")
                    : null;
        } catch (ReflectiveOperationException unknown) {
            return null;
        }
    }

    /** Who is still writing the body waits for somebody to read it. */
    static void failContent(HttpRequest request, Throwable failure) {
        Object content = content(request);
        if (content instanceof Callback written) {
            written.failed(failure);
        } else if (content != null && !(content instanceof ContentProvider)) {
            try {
                content.getClass().getMethod("fail", Throwable.class).invoke(content, failure);
            } catch (ReflectiveOperationException | RuntimeException nothingToFail) {
                // It is read by nobody, then.
            }
        }
    }

    @Override
    public byte @Nullable [] body() {
        Object content = content(request);
        if (content == null) {
            return NO_BODY;
        }
        if (oneTime != null) {
            return oneTime.bytes();
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
    public CompletionStage<?> gathered() {
        return oneTime == null ? super.gathered() : oneTime.gather();
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
