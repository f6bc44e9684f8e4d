package dev.resilience.instrument.apache5;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.BodyCopy;
import dev.resilience.instrument.http.HiddenFields;
import dev.resilience.instrument.http.Interceptors;
import dev.resilience.instrument.http.RequestHead;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.CredentialsProvider;
import org.apache.hc.client5.http.cookie.Cookie;
import org.apache.hc.client5.http.cookie.CookieStore;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.nio.entity.BasicAsyncEntityProducer;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/** A request, with what its client and its context add to it. */
final class OutgoingRequest extends RequestHead {

    /** How the names of clients begin that add nothing to a request, and cannot be told to. */
    private static final String MINIMAL_ASYNC = "org.apache.hc.client5.http.impl.async.Minimal";

    private static final AuthScope ANYWHERE = new AuthScope(null, null, -1, null, null);

    private final Object client;
    private final HttpRequest request;
    private final @Nullable HttpContext context;
    private final Supplier<byte @Nullable []> body;
    private final @Nullable EntityDetails details;
    private final @Nullable OneTimeEntity oneTime;
    private final @Nullable ProducedBody produced;

    private OutgoingRequest(
            Object client,
            HttpRequest request,
            URI uri,
            @Nullable HttpContext context,
            Supplier<byte @Nullable []> body,
            @Nullable EntityDetails details,
            @Nullable OneTimeEntity oneTime,
            @Nullable ProducedBody produced) {
        super(request.getMethod(), uri);
        this.client = client;
        this.request = request;
        this.context = context;
        this.body = body;
        this.details = details;
        this.oneTime = oneTime;
        this.produced = produced;
    }

    /** @param told whether somebody may want to know its body */
    static OutgoingRequest classic(
            CloseableHttpClient client,
            ClassicHttpRequest request,
            URI uri,
            @Nullable HttpContext context,
            boolean told) {
        HttpEntity entity = request.getEntity();
        OneTimeEntity oneTime = told ? OneTimeEntity.of(entity) : null;
        return new OutgoingRequest(client, request, uri, context, () -> body(entity), entity, oneTime, null);
    }

    /** @param told whether somebody may want to know its body */
    static OutgoingRequest async(
            CloseableHttpAsyncClient client,
            HttpRequest request,
            URI uri,
            HttpContext context,
            AskedProducer producer,
            boolean told) {
        EntityDetails details = producer.details();
        ProducedBody produced = null;
        if (told
                && details != null
                && !(details instanceof BasicAsyncEntityProducer)
                && details.getContentLength() <= MAX_BODY) {
            produced = producer.told(details.getContentLength());
        }
        return new OutgoingRequest(client, request, uri, context, () -> body(details), details, null, produced);
    }

    /** The body, to be sent in the request's own's place; null where that is told without. */
    @Nullable
    OneTimeEntity oneTime() {
        return oneTime;
    }

    @Override
    public List<Answer.Header> headers() {
        List<Answer.Header> headers = headers(request.getHeaders());
        if (details != null) {
            // As the client says it of the entity.
            add(headers, HttpHeaders.CONTENT_TYPE, details.getContentType());
            add(headers, HttpHeaders.CONTENT_ENCODING, details.getContentEncoding());
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

    private void add(List<Answer.Header> headers, String name, @Nullable String value) {
        if (value != null && !request.containsHeader(name)) {
            headers.add(new Answer.Header(name, value));
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
        return oneTime == null ? body.get() : oneTime.body().bytes();
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
                ((ClassicHttpRequest) request).setEntity(oneTime.left());
            }
            return super.gathered();
        } catch (IOException unreadable) {
            return CompletableFuture.failedFuture(unreadable);
        }
    }

    private static byte @Nullable [] body(@Nullable HttpEntity entity) {
        if (entity == null) {
            return NO_BODY;
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

    /** Not read through the producer itself, which the client may be reading at this moment. */
    private static byte @Nullable [] body(@Nullable EntityDetails details) {
        if (details == null) {
            return NO_BODY;
        }
        if (!(details instanceof BasicAsyncEntityProducer) || details.getContentLength() > MAX_BODY) {
            return null;
        }
        try {
            if (!(HiddenFields.value(details, "bytebuf") instanceof ByteBuffer buffer)) {
                return null;
            }
            byte[] bytes = new byte[(int) details.getContentLength()];
            buffer.duplicate().clear().get(bytes);
            return bytes;
        } catch (ReflectiveOperationException | RuntimeException unknown) {
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
                        && ((CredentialsProvider) provider).getCredentials(ANYWHERE, HttpClientContext.create())
                                == null);
        return none ? null : provider;
    }

    /** Whether it is one that adds nothing but what the protocol wants, on the very request it is given. */
    static boolean minimal(Object client) {
        return client.getClass().getName().startsWith(MINIMAL_ASYNC);
    }

    /** Null when it cannot be told what the client adds. */
    private @Nullable List<Object> defaults() {
        if (minimal(client)) {
            return Collections.emptyList();
        }
        return Interceptors.defaultHeaders(
                part(null, "execChain"),
                "org.apache.hc.client5.http.protocol.",
                "org.apache.hc.client5.http.impl.",
                "org.apache.hc.core5.http.protocol.",
                "org.apache.hc.core5.http.impl.",
                "org.apache.hc.core5.http2.protocol.");
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
