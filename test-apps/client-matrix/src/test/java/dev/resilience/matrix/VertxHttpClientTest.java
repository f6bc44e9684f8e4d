package dev.resilience.matrix;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.atomic.AtomicReference;

class VertxHttpClientTest extends AsyncHttpClientConformance {

    private final HttpClient client = VertxClients.client();

    @Override
    Started start(Outgoing outgoing) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.valueOf(outgoing.method()))
                .setAbsoluteURI(outgoing.uri().toString())
                .setFollowRedirects(true)
                .setTimeout(outgoing.uri().getPath().contains("silent") ? READ_TIMEOUT.toMillis() : 25_000);
        AtomicReference<HttpClientRequest> running = new AtomicReference<>();
        Future<Reply> reply = client.request(options)
                .compose(request -> {
                    running.set(request);
                    outgoing.headers().forEach(request::putHeader);
                    return outgoing.body() == null ? request.send() : request.send(Buffer.buffer(outgoing.body()));
                })
                .compose(response -> response.body()
                        .map(body -> VertxClients.reply(response.statusCode(), response.headers(), body.getBytes())));
        return new Started(VertxClients.future(reply), () -> {
            eventually(() ->
                    org.assertj.core.api.Assertions.assertThat(running.get()).isNotNull());
            running.get().reset();
        });
    }
}
