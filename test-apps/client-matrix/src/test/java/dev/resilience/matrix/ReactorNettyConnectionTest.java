package dev.resilience.matrix;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClient;

/** As Spring's request factory and Spring Cloud Gateway call it: the body is read later, from the connection. */
class ReactorNettyConnectionTest extends ReactorNettyConformance {

    @Override
    AutoCloseable begun(Outgoing request, boolean reads) {
        Connection connection = sent(request)
                .responseConnection((response, given) -> Mono.just(given))
                .blockFirst(Duration.ofSeconds(25));
        if (reads) {
            connection.inbound().receive().blockFirst(Duration.ofSeconds(25));
        }
        return connection::dispose;
    }

    @Override
    Mono<Reply> taken(HttpClient.ResponseReceiver<?> sent) {
        return sent.responseConnection((response, connection) -> Mono.just(Mono.defer(() -> connection
                        .inbound()
                        .receive()
                        .map(ReactorNettyConformance::bytes)
                        .reduce(new ByteArrayOutputStream(), (all, piece) -> {
                            all.writeBytes(piece);
                            return all;
                        })
                        .map(all -> reply(response, all.toByteArray())))))
                .next()
                .flatMap(body -> body);
    }
}
