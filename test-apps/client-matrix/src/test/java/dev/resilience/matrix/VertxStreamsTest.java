package dev.resilience.matrix;

import static dev.resilience.matrix.Answers.STALE;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Vert.x as streams use it: bodies written piece by piece, responses read by handlers, all on the application's context. */
class VertxStreamsTest extends AsyncHttpClientConformance {

    private static final int PIECE = 10_000;

    private final HttpClient client = VertxClients.client();

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
        outgoing.headers().forEach(options::putHeader);
        AtomicReference<HttpClientRequest> running = new AtomicReference<>();
        Told told = new Told();
        Context context = VertxClients.VERTX.getOrCreateContext();
        context.runOnContext(now -> client.request(options)
                .compose(request -> {
                    running.set(request);
                    return sent(request, outgoing.body());
                })
                .onComplete(outcome -> {
                    if (outcome.failed()) {
                        told.completeExceptionally(outcome.cause());
                        return;
                    }
                    assertThat(Vertx.currentContext()).isSameAs(context);
                    ByteArrayOutputStream body = new ByteArrayOutputStream();
                    outcome.result().exceptionHandler(told::completeExceptionally);
                    outcome.result().handler(piece -> body.writeBytes(piece.getBytes()));
                    outcome.result()
                            .endHandler(end -> told.complete(VertxClients.reply(
                                    outcome.result().statusCode(),
                                    URI.create(outcome.result().request().absoluteURI()),
                                    outcome.result().headers(),
                                    body.toByteArray())));
                }));
        return new Started(told, () -> {
            eventually(() -> assertThat(running.get()).isNotNull());
            context.runOnContext(now -> running.get().reset());
        });
    }

    /** Written piece by piece. */
    @Override
    Started startOnce(URI to, Once body) {
        return start(new Outgoing("PUT", to, Map.of(), body.bytes()));
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

    /** Copied while they are written, where something may take the call in charge. */
    @Override
    boolean takesBodies() {
        return true;
    }

    @Test
    void a_piped_body_is_told_to_what_takes_the_call_in_charge() throws Exception {
        guard.instead = STALE;
        byte[] body = Arrays.copyOf(TestServer.LARGE, 500_000);
        java.nio.file.Path file = java.nio.file.Files.createTempFile("piped", null);
        try {
            java.nio.file.Files.write(file, body);
            for (URI failing : List.of(server.uri("/guarded/status/503"), TestServer.refused("/guarded/echo"))) {
                assertThat(piped(failing, file)).isEqualTo(200);
                assertThat(guard.onlyCall().taken).isEqualTo(body);
                guard.calls.clear();
            }
            guard.answerAtOnce(STALE);
            assertThat(piped(server.uri("/guarded/echo"), file)).isEqualTo(200);
            assertThat(guard.onlyCall().taken).isEqualTo(body);
            guard.calls.clear();
            java.nio.file.Files.write(file, new byte[2 << 20]);
            assertThat(piped(server.uri("/guarded/echo"), file)).isEqualTo(200);
            assertThat(guard.onlyCall().taken).isNull();
        } finally {
            java.nio.file.Files.delete(file);
        }
    }

    /** Who pipes ends the request when a piece could not be written: what was written is not all. */
    @Test
    void a_body_that_broke_off_is_not_taken_for_the_whole() throws Exception {
        guard.instead = STALE;
        try (java.net.ServerSocket cutting =
                new java.net.ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress())) {
            Thread server = new Thread(() -> {
                try (java.net.Socket accepted = cutting.accept()) {
                    accepted.getInputStream().readNBytes(PIECE);
                    accepted.setSoLinger(true, 0);
                } catch (java.io.IOException closed) {
                    // The test is over.
                }
            });
            server.start();
            Future<Integer> status = client.request(new RequestOptions()
                            .setMethod(HttpMethod.POST)
                            .setAbsoluteURI("http://127.0.0.1:" + cutting.getLocalPort() + "/guarded/echo"))
                    .compose(request -> {
                        request.setChunked(true);
                        VertxClients.VERTX.setPeriodic(
                                5,
                                timer -> request.write(Buffer.buffer(new byte[PIECE]))
                                        .onComplete(written -> {
                                            if (written.failed() && VertxClients.VERTX.cancelTimer(timer)) {
                                                request.end();
                                            }
                                        }));
                        return request.response();
                    })
                    .map(response -> response.statusCode());
            assertThat(VertxClients.future(status).get(30, TimeUnit.SECONDS)).isEqualTo(200);
            assertThat(guard.onlyCall().taken).isNull();
            server.join(30_000);
        }
    }

    private int piped(URI to, java.nio.file.Path file) throws Exception {
        Future<Integer> status = VertxClients.VERTX
                .fileSystem()
                .open(file.toString(), new io.vertx.core.file.OpenOptions())
                .compose(opened -> client.request(
                                new RequestOptions().setMethod(HttpMethod.POST).setAbsoluteURI(to.toString()))
                        .compose(request -> request.send(opened)))
                .map(response -> response.statusCode());
        return VertxClients.future(status).get(30, TimeUnit.SECONDS);
    }
}
