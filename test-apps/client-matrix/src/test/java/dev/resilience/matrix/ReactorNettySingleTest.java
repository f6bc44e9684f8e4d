package dev.resilience.matrix;

import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

class ReactorNettySingleTest extends ReactorNettyConformance {

    @Override
    Mono<Reply> taken(HttpClient.ResponseReceiver<?> sent) {
        return sent.responseSingle((response, body) ->
                body.asByteArray().defaultIfEmpty(new byte[0]).map(bytes -> reply(response, bytes)));
    }
}
