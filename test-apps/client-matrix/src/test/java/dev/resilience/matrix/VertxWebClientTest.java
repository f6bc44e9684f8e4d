package dev.resilience.matrix;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A client whose calls cannot be given up. */
class VertxWebClientTest extends HttpClientConformance {

    private final WebClient client = WebClient.wrap(VertxClients.client());

    @Override
    Reply exchange(Outgoing outgoing) throws Exception {
        HttpRequest<Buffer> request = client.requestAbs(
                        HttpMethod.valueOf(outgoing.method()), outgoing.uri().toString())
                .timeout(outgoing.uri().getPath().contains("silent") ? READ_TIMEOUT.toMillis() : 25_000);
        outgoing.headers().forEach(request::putHeader);
        Future<HttpResponse<Buffer>> sent =
                outgoing.body() == null ? request.send() : request.sendBuffer(Buffer.buffer(outgoing.body()));
        CompletableFuture<HttpResponse<Buffer>> future = VertxClients.future(sent);
        HttpResponse<Buffer> response = future.get(30, TimeUnit.SECONDS);
        byte[] body = response.body() == null ? new byte[0] : response.body().getBytes();
        return VertxClients.reply(response.statusCode(), response.headers(), body);
    }

    @Override
    boolean timesOutReading() {
        return false;
    }

    @Override
    boolean waits() {
        return false;
    }
}
