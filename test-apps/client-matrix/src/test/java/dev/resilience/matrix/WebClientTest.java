package dev.resilience.matrix;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

class WebClientTest extends AsyncHttpClientConformance {

    private static final HttpClient NETTY = HttpClient.create(ConnectionProvider.builder("matrix")
                    .maxConnections(POOLED)
                    .pendingAcquireMaxCount(-1)
                    .build())
            .followRedirect(true)
            .compress(true);

    private static final WebClient CLIENT = client(NETTY);
    private static final WebClient IMPATIENT = client(NETTY.responseTimeout(READ_TIMEOUT));

    private static WebClient client(HttpClient netty) {
        return WebClient.builder()
                .clientConnector(new ReactorClientHttpConnector(netty))
                .exchangeStrategies(ExchangeStrategies.builder()
                        .codecs(codecs -> codecs.defaultCodecs().maxInMemorySize(100_000_000))
                        .build())
                .build();
    }

    @Override
    Started start(Outgoing outgoing) {
        WebClient client = outgoing.uri().getPath().contains("silent") ? IMPATIENT : CLIENT;
        WebClient.RequestBodySpec request =
                client.method(HttpMethod.valueOf(outgoing.method())).uri(outgoing.uri());
        outgoing.headers().forEach(request::header);
        WebClient.RequestHeadersSpec<?> sent = outgoing.body() == null ? request : request.bodyValue(outgoing.body());
        CompletableFuture<Reply> future = sent.exchangeToMono(WebClientTest::reply)
                .timeout(Duration.ofSeconds(25))
                .toFuture();
        return new Started(future, () -> future.cancel(true));
    }

    private static Mono<Reply> reply(ClientResponse response) {
        Reply.Builder reply = new Reply.Builder();
        response.headers()
                .asHttpHeaders()
                .forEach((name, values) -> values.forEach(value -> reply.header(name, value)));
        return response.bodyToMono(byte[].class)
                .defaultIfEmpty(new byte[0])
                .map(body -> reply.build(status(response), body));
    }

    /** Its type differs between generations of Spring. */
    private static int status(ClientResponse response) {
        try {
            Object status = ClientResponse.class.getMethod("statusCode").invoke(response);
            return (Integer) status.getClass().getMethod("value").invoke(status);
        } catch (ReflectiveOperationException failure) {
            throw new AssertionError(failure);
        }
    }

    @Override
    AutoCloseable begun(Outgoing request, boolean reads) {
        if (!reads) {
            return null;
        }
        CLIENT.get()
                .uri(request.uri())
                .exchangeToFlux(response -> response.bodyToFlux(byte[].class))
                .blockFirst(Duration.ofSeconds(25));
        return () -> {};
    }

    @Override
    boolean rejectionIsThrownAsItIs() {
        return false;
    }

    @Override
    boolean tellsBodies() {
        return false;
    }

    @Override
    boolean unpacks() {
        return true;
    }
}
