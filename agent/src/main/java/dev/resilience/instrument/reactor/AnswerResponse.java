package dev.resilience.instrument.reactor;

import dev.resilience.fallback.Answer;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.cookie.ClientCookieDecoder;
import io.netty.handler.codec.http.cookie.Cookie;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClientConfig;
import reactor.netty.http.client.HttpClientResponse;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** The head of an answer. What only newer versions ask for is here without being declared. */
final class AnswerResponse implements HttpClientResponse {

    private final Answer.Http answer;
    private final HttpClientConfig config;
    private final Target target;
    private final String[] redirectedFrom;
    private final ContextView context;
    private final HttpHeaders headers = new DefaultHttpHeaders(false);

    AnswerResponse(Answer.Http answer, HttpClientConfig config, Target target, ContextView context) {
        this.answer = answer;
        this.config = config;
        this.target = answer.address() == null ? target : target.at(answer.address());
        this.redirectedFrom = answer.address() == null ? new String[0] : new String[] {target.toString()};
        this.context = context;
        for (Answer.Header header : answer.headers()) {
            headers.add(header.name(), header.value());
        }
    }

    @Override
    public HttpResponseStatus status() {
        return HttpResponseStatus.valueOf(answer.status());
    }

    @Override
    public HttpHeaders responseHeaders() {
        return headers;
    }

    public Mono<HttpHeaders> trailerHeaders() {
        return Mono.empty();
    }

    @Override
    public Map<CharSequence, Set<Cookie>> cookies() {
        Map<CharSequence, Set<Cookie>> cookies = new HashMap<>();
        for (String set : headers.getAll(HttpHeaderNames.SET_COOKIE)) {
            Cookie cookie = ClientCookieDecoder.STRICT.decode(set);
            if (cookie != null) {
                cookies.computeIfAbsent(cookie.name(), name -> new HashSet<>()).add(cookie);
            }
        }
        return cookies;
    }

    public String requestId() {
        return Long.toHexString(ThreadLocalRandom.current().nextLong());
    }

    @Override
    public Context currentContext() {
        return Context.of(context);
    }

    @Override
    public ContextView currentContextView() {
        return context;
    }

    @Override
    public String[] redirectedFrom() {
        return redirectedFrom.clone();
    }

    @Override
    public HttpHeaders requestHeaders() {
        return config.headers();
    }

    @Override
    public String resourceUrl() {
        return target.toString();
    }

    @Override
    public boolean isKeepAlive() {
        return true;
    }

    @Override
    public boolean isWebsocket() {
        return false;
    }

    @Override
    public HttpMethod method() {
        return config.method();
    }

    @Override
    public String fullPath() {
        return target.path();
    }

    @Override
    public String uri() {
        return target.path() + target.query();
    }

    @Override
    public HttpVersion version() {
        return HttpVersion.HTTP_1_1;
    }
}
