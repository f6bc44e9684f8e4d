package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class VertxHttpClientTest extends AsyncHttpClientConformance {

    private final HttpClient client = client();

    HttpClient client() {
        return VertxClients.client();
    }

    @Override
    boolean pieces(Outgoing outgoing, Consumer<byte[]> to) throws Exception {
        Promise<Void> end = Promise.promise();
        VertxClients.VERTX.runOnContext(now -> client.request(
                        new RequestOptions().setAbsoluteURI(outgoing.uri().toString()))
                .compose(HttpClientRequest::send)
                .onComplete(outcome -> {
                    if (outcome.failed()) {
                        end.fail(outcome.cause());
                        return;
                    }
                    outcome.result().exceptionHandler(end::tryFail);
                    outcome.result().handler(piece -> to.accept(piece.getBytes()));
                    outcome.result().endHandler(ended -> end.tryComplete());
                }));
        VertxClients.future(end.future()).get(30, TimeUnit.SECONDS);
        return true;
    }

    @Override
    boolean timesOutReading() {
        return false;
    }

    @Override
    String callbackThreads() {
        return "vert.x-eventloop-thread-.*";
    }

    @Override
    Started start(Outgoing outgoing) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.valueOf(outgoing.method()))
                .setAbsoluteURI(outgoing.uri().toString())
                .setFollowRedirects(true)
                .setTimeout(outgoing.uri().getPath().contains("silent") ? READ_TIMEOUT.toMillis() : 25_000);
        AtomicReference<HttpClientRequest> running = new AtomicReference<>();
        Told told = new Told();
        // Where Vert.x has it called: elsewhere a response may be over before anybody asks for its body.
        VertxClients.VERTX.runOnContext(now -> client.request(options)
                .compose(request -> {
                    running.set(request);
                    outgoing.headers().forEach(request::putHeader);
                    return outgoing.body() == null ? request.send() : request.send(Buffer.buffer(outgoing.body()));
                })
                .compose(response -> response.body()
                        .map(body -> VertxClients.reply(
                                response.statusCode(),
                                URI.create(response.request().absoluteURI()),
                                response.headers(),
                                body.getBytes(),
                                response.statusMessage(),
                                response.version(),
                                response.cookies(),
                                response.trailers().entries())))
                .onComplete(outcome -> {
                    if (outcome.succeeded()) {
                        told.complete(outcome.result());
                    } else {
                        told.completeExceptionally(outcome.cause());
                    }
                }));
        return new Started(told, () -> {
            eventually(() ->
                    org.assertj.core.api.Assertions.assertThat(running.get()).isNotNull());
            running.get().reset();
        });
    }

    @Test
    void what_only_newer_versions_have_is_answered_before_the_call_is_begun() throws Exception {
        HttpClientRequest sent = request("/guarded/hello");
        assertThat(newer("authority", sent))
                .hasToString(server.uri("/").getHost() + ":" + server.uri("/").getPort());
        Future<?> head = (Future<?>) newer("writeHead", sent);
        sent.end();
        assertThat(VertxClients.future(sent.response())
                        .get(20, TimeUnit.SECONDS)
                        .statusCode())
                .isEqualTo(200);
        VertxClients.future(head).get(20, TimeUnit.SECONDS);

        HttpClientRequest given = request("/guarded/hello");
        assertThat(VertxClients.future((Future<?>) newer("cancel", given)).get(20, TimeUnit.SECONDS))
                .isEqualTo(true);
        assertThat(given.response().failed()).isTrue();
    }

    private HttpClientRequest request(String path) throws Exception {
        return VertxClients.future(client.request(
                        new RequestOptions().setAbsoluteURI(server.uri(path).toString())))
                .get(20, TimeUnit.SECONDS);
    }

    private static Object newer(String method, HttpClientRequest request) throws ReflectiveOperationException {
        try {
            return HttpClientRequest.class.getMethod(method).invoke(request);
        } catch (NoSuchMethodException older) {
            return Assumptions.abort("this version has no " + method);
        }
    }
}
