package dev.resilience.matrix;

import java.io.ByteArrayOutputStream;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/** As Spring's request factory and Spring Cloud Gateway call it: the body is read later, from the connection. */
class ReactorNettyConnectionTest extends ReactorNettyConformance {

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
