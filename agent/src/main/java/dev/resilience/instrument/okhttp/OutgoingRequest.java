package dev.resilience.instrument.okhttp;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.HiddenFields;
import dev.resilience.instrument.http.RequestHead;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.stream.Collectors;
import okhttp3.Authenticator;
import okhttp3.CookieJar;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/** A request behind the application's interceptors. */
final class OutgoingRequest extends RequestHead {

    private final Interceptor interceptor;
    private final Interceptor.Chain chain;

    private OutgoingRequest(Interceptor interceptor, Interceptor.Chain chain) {
        super(chain.request().method(), uri(chain.request().url()));
        this.interceptor = interceptor;
        this.chain = chain;
    }

    static OutgoingRequest of(Interceptor interceptor, Interceptor.Chain chain) {
        return new OutgoingRequest(interceptor, chain);
    }

    /** As it is sent, where that is a URI by Java's rules too. */
    private static URI uri(HttpUrl url) {
        try {
            return URI.create(url.toString());
        } catch (IllegalArgumentException lenient) {
            return url.uri();
        }
    }

    @Override
    public List<Answer.Header> headers() {
        return InterceptPassage.headers(chain.request().headers());
    }

    @Override
    public byte @Nullable [] body() {
        RequestBody body = chain.request().body();
        if (body == null) {
            return NO_BODY;
        }
        try {
            long length = body.contentLength();
            if (body.isOneShot() || body.isDuplex() || length < 0 || length > MAX_BODY) {
                return null;
            }
            Buffer bytes = new Buffer();
            body.writeTo(bytes);
            return bytes.readByteArray();
        } catch (IOException unreadable) {
            return null;
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
