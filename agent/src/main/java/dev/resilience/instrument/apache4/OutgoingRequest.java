package dev.resilience.instrument.apache4;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.BodyCopy;
import dev.resilience.instrument.http.HiddenFields;
import dev.resilience.instrument.http.Interceptors;
import dev.resilience.instrument.http.RequestHead;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.http.Header;
import org.apache.http.HttpEntity;
import org.apache.http.HttpEntityEnclosingRequest;
import org.apache.http.HttpHeaders;
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
    private final @Nullable HttpEntity entity;
    private final @Nullable OneTimeEntity oneTime;
    private final @Nullable Produced produced;

    private OutgoingRequest(
            Object client,
            @Nullable HttpHost target,
            HttpRequest request,
            URI uri,
            @Nullable HttpContext context,
            @Nullable OneTimeEntity oneTime,
            @Nullable Produced produced) {
        super(request.getRequestLine().getMethod(), absolute(target, uri));
        this.client = client;
        this.request = request;
        this.context = context;
        this.entity = entity(request);
        this.oneTime = oneTime;
        this.produced = produced;
    }

    /** @param told whether somebody may want to know its body, which then may be written for us on the thread that rules */
    static OutgoingRequest classic(
            Object client,
            @Nullable HttpHost target,
            HttpRequest request,
            URI uri,
            @Nullable HttpContext context,
            boolean told) {
        OneTimeEntity oneTime = told ? OneTimeEntity.of(entity(request)) : null;
        return new OutgoingRequest(client, target, request, uri, context, oneTime, null);
    }

    /**
     * A body that a producer makes. Applications that have the blocking client alone have no producers: nothing here may name
     * any.
     */
    interface Produced {

        byte @Nullable [] bytes();

        CompletionStage<?> gather();
    }

    /**
     * @param repeatable whether the producer can be asked again for what it makes of the entity
     * @param told gives its body, if somebody may want to know it; null when nobody does
     */
    static OutgoingRequest async(
            Object client,
            @Nullable HttpHost target,
            HttpRequest request,
            URI uri,
            HttpContext context,
            boolean repeatable,
            @Nullable Supplier<? extends Produced> told) {
        HttpEntity entity = entity(request);
        // What a producer of its own makes of an entity is known to it alone.
        boolean asked =
                entity != null && !(entity.isRepeatable() && repeatable) && entity.getContentLength() <= MAX_BODY;
        return new OutgoingRequest(
                client, target, request, uri, context, null, asked && told != null ? told.get() : null);
    }

    private static @Nullable HttpEntity entity(HttpRequest request) {
        return request instanceof HttpEntityEnclosingRequest enclosing ? enclosing.getEntity() : null;
    }

    /** The body, to be sent in the request's own's place; null where that is told without. */
    @Nullable
    OneTimeEntity oneTime() {
        return oneTime;
    }

    private static URI absolute(@Nullable HttpHost target, URI uri) {
        return uri.isAbsolute() || target == null ? uri : URI.create(target.toURI() + uri);
    }

    @Override
    public List<Answer.Header> headers() {
        List<Answer.Header> headers = headers(request.getAllHeaders());
        if (entity != null) {
            // As the client says it of the entity.
            add(headers, HttpHeaders.CONTENT_TYPE, entity.getContentType());
            add(headers, HttpHeaders.CONTENT_ENCODING, entity.getContentEncoding());
        }
        List<Object> defaults = defaults();
        if (defaults != null) {
            for (Object added : defaults) {
                Header header = (Header) added;
                headers.add(new Answer.Header(header.getName(), header.getValue()));
            }
        }
        return headers;
    }

    private void add(List<Answer.Header> headers, String name, @Nullable Header header) {
        if (header != null && header.getValue() != null && !request.containsHeader(name)) {
            headers.add(new Answer.Header(name, header.getValue()));
        }
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
        if (produced != null) {
            return produced.bytes();
        }
        if (entity == null) {
            return NO_BODY;
        }
        if (oneTime != null) {
            return oneTime.body().bytes();
        }
        if (!entity.isRepeatable() || entity.getContentLength() > MAX_BODY) {
            return null;
        }
        try {
            BodyCopy copy = new BodyCopy();
            entity.writeTo(copy.sink());
            copy.complete();
            return copy.bytes();
        } catch (IOException unreadable) {
            return null;
        }
    }

    /** On the caller's thread, where the client would write it too; of an asynchronous client, elsewhere. */
    @Override
    public CompletionStage<?> gathered() {
        if (produced != null) {
            return produced.gather();
        }
        try {
            if (oneTime != null) {
                oneTime.gather();
                ((HttpEntityEnclosingRequest) request).setEntity(oneTime.left());
            }
            return super.gathered();
        } catch (IOException unreadable) {
            return CompletableFuture.failedFuture(unreadable);
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
