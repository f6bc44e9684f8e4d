package dev.resilience.instrument.reactor;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.cookie.ClientCookieEncoder;
import io.netty.handler.codec.http.cookie.Cookie;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClientConfig;
import reactor.netty.http.client.HttpClientRequest;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * A request of Reactor Netty's that is sent to nobody: keeps the headers that it is told. A proxy, because newer versions ask a
 * request for more than older ones know. Used by one thread.
 */
final class UnsentNettyRequest implements InvocationHandler {

    private final HttpHeaders headers;
    private final Target target;
    private final ContextView context;

    private UnsentNettyRequest(HttpHeaders headers, Target target, ContextView context) {
        this.headers = headers;
        this.target = target;
        this.context = context;
    }

    static HttpClientRequest of(HttpClientConfig config, Target target, ContextView context) {
        HttpHeaders headers = new DefaultHttpHeaders(false).set(config.headers());
        if (!headers.contains(HttpHeaderNames.ACCEPT)) {
            // As the client does before it asks.
            headers.set(HttpHeaderNames.ACCEPT, "*/*");
        }
        return (HttpClientRequest) Proxy.newProxyInstance(
                HttpClientRequest.class.getClassLoader(),
                new Class<?>[] {HttpClientRequest.class},
                new UnsentNettyRequest(headers, target, context));
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method asked, @Nullable Object @Nullable [] given) {
        switch (asked.getName()) {
            case "requestHeaders":
                return headers;
            case "header":
                headers.set((CharSequence) first(given), second(given));
                return proxy;
            case "addHeader":
                headers.add((CharSequence) first(given), second(given));
                return proxy;
            case "headers":
                headers.set((HttpHeaders) first(given));
                return proxy;
            case "addCookie":
                headers.add(HttpHeaderNames.COOKIE, ClientCookieEncoder.STRICT.encode((Cookie) first(given)));
                return proxy;
            case "cookies":
                return Map.of();
            case "method":
                return HttpMethod.valueOf(target.method());
            case "uri":
                return target.path() + target.query();
            case "path":
                return target.path().substring(1);
            case "fullPath":
                return target.path();
            case "resourceUrl":
            case "toString":
                return target.toString();
            case "version":
                return HttpVersion.HTTP_1_1;
            case "currentContext":
                return Context.of(context);
            case "currentContextView":
                return context;
            case "redirectedFrom":
                return new String[0];
            case "hashCode":
                return System.identityHashCode(proxy);
            case "equals":
                return proxy == first(given);
            default:
        }
        if (asked.getReturnType().isInstance(proxy)) {
            return proxy;
        }
        if (asked.getReturnType() == boolean.class) {
            return false;
        }
        throw new UnsupportedOperationException("this request is not sent");
    }

    private static Object first(@Nullable Object @Nullable [] given) {
        return Objects.requireNonNull(Objects.requireNonNull(given)[0]);
    }

    private static Object second(@Nullable Object @Nullable [] given) {
        return Objects.requireNonNull(Objects.requireNonNull(given)[1]);
    }
}
