package dev.resilience.matrix;

import static dev.resilience.matrix.Answers.STALE;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Vert.x as streams use it: bodies written piece by piece, responses read by handlers, all on the application's context. */
class VertxStreamsTest extends AsyncHttpClientConformance {

    private static final int PIECE = 10_000;

    private final HttpClient client = VertxClients.client();

    @Override
    Started start(Outgoing outgoing) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.valueOf(outgoing.method()))
                .setAbsoluteURI(outgoing.uri().toString())
                .setFollowRedirects(true)
                .setTimeout(outgoing.uri().getPath().contains("silent") ? READ_TIMEOUT.toMillis() : 25_000);
        outgoing.headers().forEach(options::putHeader);
        AtomicReference<HttpClientRequest> running = new AtomicReference<>();
        Promise<Reply> reply = Promise.promise();
        Context context = VertxClients.VERTX.getOrCreateContext();
        context.runOnContext(now -> client.request(options)
                .compose(request -> {
                    running.set(request);
                    return sent(request, outgoing.body());
                })
                .onComplete(outcome -> {
                    if (outcome.failed()) {
                        reply.tryFail(outcome.cause());
                        return;
                    }
                    assertThat(Vertx.currentContext()).isSameAs(context);
                    ByteArrayOutputStream body = new ByteArrayOutputStream();
                    outcome.result().exceptionHandler(reply::tryFail);
                    outcome.result().handler(piece -> body.writeBytes(piece.getBytes()));
                    outcome.result()
                            .endHandler(end -> reply.tryComplete(VertxClients.reply(
                                    outcome.result().statusCode(),
                                    outcome.result().headers(),
                                    body.toByteArray())));
                }));
        return new Started(VertxClients.future(reply.future()), () -> {
            eventually(() -> assertThat(running.get()).isNotNull());
            context.runOnContext(now -> running.get().reset());
        });
    }

    private static Future<io.vertx.core.http.HttpClientResponse> sent(HttpClientRequest request, byte[] body) {
        if (body == null) {
            request.end();
            return request.response();
        }
        request.setChunked(true);
        for (int at = 0; at < body.length; at += PIECE) {
            request.write(Buffer.buffer(Arrays.copyOfRange(body, at, Math.min(at + PIECE, body.length))));
        }
        request.end();
        return request.response();
    }

    @Test
    void a_piped_body_flows_on_when_the_request_is_there() throws Exception {
        guard.later = java.util.concurrent.Executors.newSingleThreadExecutor();
        AtomicReference<Future<byte[]>> echoed = new AtomicReference<>();
        byte[] body = Arrays.copyOf(TestServer.LARGE, 1_000_000);
        java.nio.file.Path file = java.nio.file.Files.createTempFile("piped", null);
        try {
            java.nio.file.Files.write(file, body);
            Future<byte[]> reply = VertxClients.VERTX
                    .fileSystem()
                    .open(file.toString(), new io.vertx.core.file.OpenOptions())
                    .compose(opened -> client.request(new RequestOptions()
                                    .setMethod(HttpMethod.POST)
                                    .setAbsoluteURI(server.uri("/guarded/echo").toString()))
                            .compose(request -> request.send(opened)))
                    .compose(response -> response.body())
                    .map(Buffer::getBytes);
            echoed.set(reply);
            assertThat(VertxClients.future(reply).get(30, TimeUnit.SECONDS)).isEqualTo(body);
            settled("answered 200");
            guard.calls.clear();
            guard.answerAtOnce(STALE);
            Future<Integer> answered = VertxClients.VERTX
                    .fileSystem()
                    .open(file.toString(), new io.vertx.core.file.OpenOptions())
                    .compose(opened -> client.request(new RequestOptions()
                                    .setMethod(HttpMethod.POST)
                                    .setAbsoluteURI(server.uri("/guarded/echo").toString()))
                            .compose(request -> request.send(opened)))
                    .map(response -> response.statusCode());
            assertThat(VertxClients.future(answered).get(30, TimeUnit.SECONDS)).isEqualTo(200);
        } finally {
            java.nio.file.Files.delete(file);
            guard.later.shutdown();
        }
    }

    @Override
    boolean timesOutReading() {
        return false;
    }

    @Override
    boolean tellsBodies() {
        return false;
    }
}
