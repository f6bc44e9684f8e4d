package dev.resilience.instrument.reactor;

import java.net.URI;
import java.util.Map;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.client.ClientRequest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A request that is written to nobody. Subscribes to nothing before it is {@link #open}. What only some generations of Spring ask
 * for is here without being declared. Used by one thread.
 */
final class UnsentRequest implements ClientHttpRequest {

    private final ClientRequest request;
    private final HttpHeaders headers = new HttpHeaders();
    private final MultiValueMap<String, HttpCookie> cookies = new LinkedMultiValueMap<>();
    private boolean open;

    UnsentRequest(ClientRequest request) {
        this.request = request;
        request.headers().forEach((name, values) -> values.forEach(value -> headers.add(name, value)));
    }

    /** What is written from now on is a value's. */
    void open() {
        open = true;
    }

    @Override
    public HttpMethod getMethod() {
        return request.method();
    }

    @Override
    public URI getURI() {
        return request.url();
    }

    @Override
    public HttpHeaders getHeaders() {
        return headers;
    }

    @Override
    public MultiValueMap<String, HttpCookie> getCookies() {
        return cookies;
    }

    public Map<String, Object> getAttributes() {
        return request.attributes();
    }

    @Override
    public <T> T getNativeRequest() {
        throw new UnsupportedOperationException("this request is not sent");
    }

    /** Its buffers need not be released. */
    @Override
    public DataBufferFactory bufferFactory() {
        return DefaultDataBufferFactory.sharedInstance;
    }

    @Override
    public void beforeCommit(Supplier<? extends Mono<Void>> action) {
        // Never committed.
    }

    @Override
    public boolean isCommitted() {
        return false;
    }

    @Override
    public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
        return open ? Flux.from(body).then() : unknown();
    }

    @Override
    public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
        return open ? Flux.from(body).concatMap(piece -> piece).then() : unknown();
    }

    static Mono<Void> unknown() {
        return Mono.error(() -> new IllegalStateException("this body is known only when it is sent"));
    }

    @Override
    public Mono<Void> setComplete() {
        return Mono.empty();
    }
}
