package dev.resilience.matrix;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;

/** Reactor Netty's own client, without Spring. */
abstract class ReactorNettyConformance extends AsyncHttpClientConformance {

    static final HttpClient CLIENT = HttpClient.create(ConnectionProvider.builder("raw-matrix")
                    .maxConnections(POOLED)
                    .pendingAcquireMaxCount(-1)
                    .build())
            .followRedirect(true)
            .compress(true);

    private static final HttpClient IMPATIENT = CLIENT.responseTimeout(READ_TIMEOUT);

    /** Takes the response in one of the client's ways. */
    abstract Mono<Reply> taken(HttpClient.ResponseReceiver<?> sent);

    @Override
    String callbackThreads() {
        return "reactor-http-.*|parallel-.*";
    }

    @Override
    Started start(Outgoing outgoing) {
        return started(sent(outgoing));
    }

    @Override
    Started startOnce(URI to, Once body) {
        return started(
                CLIENT.put().uri(to.toString()).send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body.bytes()))));
    }

    private Started started(HttpClient.ResponseReceiver<?> sent) {
        Told told = new Told();
        Disposable subscription =
                taken(sent).timeout(Duration.ofSeconds(25)).subscribe(told::complete, told::completeExceptionally);
        return new Started(told, subscription::dispose);
    }

    static HttpClient.ResponseReceiver<?> sent(Outgoing outgoing) {
        HttpClient client = outgoing.uri().getPath().contains("silent") ? IMPATIENT : CLIENT;
        HttpClient.RequestSender sender = client.headers(
                        headers -> outgoing.headers().forEach(headers::set))
                .request(HttpMethod.valueOf(outgoing.method()))
                .uri(outgoing.uri().toString());
        return outgoing.body() == null
                ? sender
                : sender.send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(outgoing.body())));
    }

    @Override
    boolean pieces(Outgoing request, Consumer<byte[]> to) {
        sent(request)
                .responseContent()
                .doOnNext(piece -> to.accept(bytes(piece)))
                .blockLast(Duration.ofSeconds(25));
        return true;
    }

    static byte[] bytes(ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes);
        return bytes;
    }

    static Reply reply(HttpClientResponse response, byte[] body) {
        Reply.Builder reply = new Reply.Builder();
        response.responseHeaders().forEach(header -> reply.header(header.getKey(), header.getValue()));
        reply.seen("reason", response.status().reasonPhrase())
                .seen("version", response.version())
                .seen("cookies", response.cookies())
                .seen("method", response.method())
                .seen("redirects", List.of(response.redirectedFrom()));
        return reply.build(response.status().code(), body).from(URI.create(response.resourceUrl()));
    }

    @Override
    boolean tellsBodies() {
        return false;
    }

    /** Copied while they are sent, where something may take the call in charge. */
    @Override
    boolean takesBodies() {
        return true;
    }

    @Override
    boolean unpacks() {
        return true;
    }
}
