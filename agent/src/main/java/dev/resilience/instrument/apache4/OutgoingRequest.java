package dev.resilience.instrument.apache4;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.HiddenFields;
import dev.resilience.instrument.http.Interceptors;
import dev.resilience.instrument.http.RequestHead;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.http.Header;
import org.apache.http.HttpEntity;
import org.apache.http.HttpEntityEnclosingRequest;
import org.apache.http.HttpHost;
import org.apache.http.HttpRequest;
import org.apache.http.auth.AuthScope;
import org.apache.http.client.CookieStore;
import org.apache.http.client.CredentialsProvider;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.cookie.Cookie;
import org.apache.http.impl.client.BasicCredentialsProvider;
import org.apache.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/** A request, with what its client and its context add to it. */
final class OutgoingRequest extends RequestHead {

    private final Object client;
    private final HttpRequest request;
    private final @Nullable HttpContext context;

    /** @param client classic or asynchronous */
    OutgoingRequest(
            Object client, @Nullable HttpHost target, HttpRequest request, URI uri, @Nullable HttpContext context) {
        super(request.getRequestLine().getMethod(), absolute(target, uri));
        this.client = client;
        this.request = request;
        this.context = context;
    }

    private static URI absolute(@Nullable HttpHost target, URI uri) {
        return uri.isAbsolute() || target == null ? uri : URI.create(target.toURI() + uri);
    }

    @Override
    public List<Answer.Header> headers() {
        List<Answer.Header> headers = headers(request.getAllHeaders());
        List<Object> defaults = defaults();
        if (defaults != null) {
            for (Object added : defaults) {
                Header header = (Header) added;
                headers.add(new Answer.Header(header.getName(), header.getValue()));
            }
        }
        return headers;
    }

    static List<Answer.Header> headers(Header[] own) {
        List<Answer.Header> headers = new ArrayList<>(own.length);
        for (Header header : own) {
            headers.add(new Answer.Header(header.getName(), header.getValue() == null ? "" : header.getValue()));
        }
        return headers;
    }

    @Override
    public byte @Nullable [] body() {
        HttpEntity entity = request instanceof HttpEntityEnclosingRequest enclosing ? enclosing.getEntity() : null;
        if (entity == null) {
            return NO_BODY;
        }
        if (!entity.isRepeatable() || entity.getContentLength() < 0 || entity.getContentLength() > MAX_BODY) {
            return null;
        }
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) entity.getContentLength());
            entity.writeTo(bytes);
            return bytes.toByteArray();
        } catch (IOException unreadable) {
            return null;
        }
    }

    @Override
    protected @Nullable String cookies() {
        Object store = part(HttpClientContext.COOKIE_STORE, "cookieStore");
        if (store == null) {
            return null;
        }
        String cookies = ((CookieStore) store)
                .getCookies().stream().map(OutgoingRequest::told).sorted().collect(Collectors.joining("; "));
        return cookies.isEmpty() ? null : cookies;
    }

    /** All of the store's cookies, because those that fit are chosen deep inside the client. */
    private static String told(Cookie cookie) {
        return cookie.getName() + "=" + cookie.getValue();
    }

    @Override
    protected @Nullable Object credentials() {
        if (defaults() == null) {
            return client;
        }
        Object provider = part(HttpClientContext.CREDS_PROVIDER, "credentialsProvider");
        boolean none = provider == null
                || (provider.getClass() == BasicCredentialsProvider.class
                        && ((CredentialsProvider) provider).getCredentials(AuthScope.ANY) == null);
        return none ? null : provider;
    }

    /** Null when it cannot be told what the client adds. */
    private @Nullable List<Object> defaults() {
        Object execution = part(null, "execChain");
        return Interceptors.defaultHeaders(
                execution == null ? client : execution,
                "org.apache.http.client.protocol.",
                "org.apache.http.protocol.");
    }

    private @Nullable Object part(@Nullable String ofContext, String ofClient) {
        Object own = context == null || ofContext == null ? null : context.getAttribute(ofContext);
        if (own != null) {
            return own;
        }
        try {
            return HiddenFields.value(client, ofClient);
        } catch (ReflectiveOperationException | RuntimeException unknown) {
            return null;
        }
    }
}
