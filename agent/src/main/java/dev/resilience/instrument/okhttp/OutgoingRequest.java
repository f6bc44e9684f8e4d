package dev.resilience.instrument.okhttp;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.BodyCopy;
import dev.resilience.instrument.http.HiddenFields;
import dev.resilience.instrument.http.RequestHead;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import okhttp3.Authenticator;
import okhttp3.CookieJar;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/** A request behind the application's interceptors. */
final class OutgoingRequest extends RequestHead {

    private static final String CONTENT_TYPE = "Content-Type";

    private final Interceptor interceptor;
    private final Interceptor.Chain chain;

    private final @Nullable OneTimeRequestBody oneTime;

    private OutgoingRequest(Interceptor interceptor, Interceptor.Chain chain, @Nullable OneTimeRequestBody oneTime) {
        super(chain.request().method(), uri(chain.request().url()));
        this.interceptor = interceptor;
        this.chain = chain;
        this.oneTime = oneTime;
    }

    /** @param told whether somebody may want to know its body */
    static OutgoingRequest of(Interceptor interceptor, Interceptor.Chain chain, boolean told) {
        return new OutgoingRequest(
                interceptor, chain, told ? oneTime(chain.request().body()) : null);
    }

    private static @Nullable OneTimeRequestBody oneTime(@Nullable RequestBody body) {
        try {
            return OneTimeRequestBody.of(body);
        } catch (IOException unknown) {
            return null;
        }
    }

    /** The body, to be sent in the request's own's place; null where that is told without. */
    @Nullable
    OneTimeRequestBody oneTime() {
        return oneTime;
    }

    /** As it is sent, where that is a URI by Java's rules too. */
    static URI uri(HttpUrl url) {
        try {
            return URI.create(url.toString());
        } catch (IllegalArgumentException lenient) {
            return url.uri();
        }
    }

    @Override
    public List<Answer.Header> headers() {
        Request request = chain.request();
        List<Answer.Header> headers = InterceptPassage.headers(request.headers());
        MediaType type = request.body() == null ? null : request.body().contentType();
        if (type != null) {
            // As the client sends it, whatever the request says.
            headers.removeIf(header -> header.name().equalsIgnoreCase(CONTENT_TYPE));
            headers.add(new Answer.Header(CONTENT_TYPE, type.toString()));
        }
        return headers;
    }

    @Override
    public byte @Nullable [] body() {
        RequestBody body = chain.request().body();
        if (body == null) {
            return NO_BODY;
        }
        try {
            long length = body.contentLength();
            if (oneTime != null) {
                return oneTime.bytes();
            }
            if (body.isOneShot() || body.isDuplex() || length > MAX_BODY) {
                return null;
            }
            BodyCopy copy = new BodyCopy();
            OneTimeRequestBody.write(body, copy.sink());
            copy.complete();
            return copy.bytes();
        } catch (IOException | RuntimeException unreadable) {
            return null;
        }
    }

    /** On the thread that makes the call, where the client would write it too. */
    @Override
    public CompletionStage<?> gathered() {
        try {
            if (oneTime != null) {
                oneTime.gather();
            }
            return super.gathered();
        } catch (IOException unreadable) {
            return CompletableFuture.failedFuture(unreadable);
        }
    }

    @Override
    protected @Nullable String cookies() {
        Object jar = part("getCookieJar", "cookieJar");
        if (jar == null || jar == CookieJar.NO_COOKIES) {
            return null;
        }
        Request request = chain.request();
        String cookies = ((CookieJar) jar)
                .loadForRequest(request.url()).stream()
                        .map(cookie -> cookie.name() + "=" + cookie.value())
                        .collect(Collectors.joining("; "));
        return cookies.isEmpty() ? null : cookies;
    }

    @Override
    protected @Nullable Object credentials() {
        Object authenticator = part("getAuthenticator", "authenticator");
        return authenticator == Authenticator.NONE ? null : authenticator;
    }

    /** A part of the client: newer versions tell it by the chain, older ones keep the client where only they can see it. */
    private @Nullable Object part(String ofChain, String ofClient) {
        try {
            return Interceptor.Chain.class.getMethod(ofChain).invoke(chain);
        } catch (ReflectiveOperationException older) {
            try {
                Object client = HiddenFields.value(interceptor, "client");
                return OkHttpClient.class.getMethod(ofClient).invoke(client);
            } catch (ReflectiveOperationException | RuntimeException unknown) {
                throw new IllegalStateException("cannot tell the client's " + ofClient, unknown);
            }
        }
    }
}
