package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.asynchttpclient.AsyncCompletionHandlerBase;
import org.asynchttpclient.AsyncHttpClient;
import org.asynchttpclient.Dsl;
import org.asynchttpclient.HttpResponseBodyPart;
import org.asynchttpclient.ListenableFuture;
import org.asynchttpclient.RequestBuilder;
import org.asynchttpclient.Response;
import org.asynchttpclient.handler.TransferCompletionHandler;
import org.asynchttpclient.handler.TransferListener;
import org.asynchttpclient.request.body.generator.ByteArrayBodyGenerator;
import org.asynchttpclient.request.body.generator.InputStreamBodyGenerator;
import org.asynchttpclient.request.body.multipart.ByteArrayPart;
import org.asynchttpclient.request.body.multipart.FilePart;
import org.asynchttpclient.request.body.multipart.StringPart;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AsyncHttpClientTest extends AsyncHttpClientConformance implements AutoCloseable {

    private final AsyncHttpClient client = client(30_000);
    private final AsyncHttpClient user = client(30_000);
    private final AsyncHttpClient impatient = client((int) READ_TIMEOUT.toMillis());

    /** The types of its settings differ between versions; properties are read by all. */
    private static AsyncHttpClient client(int timeoutMillis) {
        var config = Dsl.config().setMaxRequestRetry(0).setFollowRedirect(true).setCompressionEnforced(true);
        try {
            for (String name : new String[] {"setRequestTimeout", "setReadTimeout"}) {
                for (var setter : config.getClass().getMethods()) {
                    if (setter.getName().equals(name)) {
                        boolean number = setter.getParameterTypes()[0] == int.class;
                        setter.invoke(config, number ? timeoutMillis : java.time.Duration.ofMillis(timeoutMillis));
                    }
                }
            }
        } catch (ReflectiveOperationException failure) {
            throw new AssertionError(failure);
        }
        return Dsl.asyncHttpClient(config);
    }

    @Override
    String callbackThreads() {
        return "AsyncHttpClient-.*";
    }

    @Override
    Started start(Outgoing outgoing) {
        RequestBuilder request =
                new RequestBuilder(outgoing.method()).setUrl(outgoing.uri().toString());
        outgoing.headers().forEach(request::setHeader);
        if (outgoing.body() != null) {
            request.setBody(outgoing.body());
        }
        return started(outgoing.uri().getPath().contains("silent") ? impatient : client, request);
    }

    @Override
    CompletableFuture<?> startOrTimeOut(Outgoing outgoing, long millis) {
        return client.executeRequest(new RequestBuilder(outgoing.method())
                        .setUrl(outgoing.uri().toString()))
                .toCompletableFuture()
                .orTimeout(millis, TimeUnit.MILLISECONDS);
    }

    @Override
    Started startOnce(URI to, Once body) {
        return started(client, new RequestBuilder("PUT").setUrl(to.toString()).setBody(body.stream()));
    }

    @Test
    void bodies_of_every_kind_are_told_as_they_are_sent(@TempDir Path directory) throws Exception {
        byte[] bytes = Arrays.copyOf(TestServer.LARGE, 10_000);
        Path file = Files.write(directory.resolve("body"), bytes);
        Map<String, Consumer<RequestBuilder>> kinds = new LinkedHashMap<>();
        kinds.put("text", request -> request.setBody("ä").setCharset(StandardCharsets.ISO_8859_1));
        kinds.put("pieces", request -> request.setBody(List.of(bytes, bytes)));
        kinds.put("buffer", request -> request.setBody(ByteBuffer.wrap(bytes)));
        kinds.put("form", request -> request.addFormParam("a", "1 2").addFormParam("b", "ä"));
        kinds.put("file", request -> request.setBody(file.toFile()));
        kinds.put("generator", request -> request.setBody(new ByteArrayBodyGenerator(bytes)));
        kinds.put(
                "stream generator",
                request -> request.setBody(new InputStreamBodyGenerator(new ByteArrayInputStream(bytes))));
        for (var kind : kinds.entrySet()) {
            guard.instead = Answers.STALE;
            guard.admission = null;
            byte[] sent = posted(server.uri("/free/echo"), kind.getValue());
            assertThat(posted(server.uri("/guarded/echo"), kind.getValue()))
                    .as(kind.getKey())
                    .isEqualTo(sent);
            guard.calls.clear();
            posted(server.uri("/guarded/status/503"), kind.getValue());
            isTold(kind.getKey(), sent);
            posted(TestServer.refused("/guarded/echo"), kind.getValue());
            isTold(kind.getKey(), sent);
            guard.answerAtOnce(Answers.STALE);
            posted(server.uri("/guarded/echo"), kind.getValue());
            isTold(kind.getKey(), sent);
        }
    }

    private void isTold(String kind, byte[] sent) {
        assertThat(guard.onlyCall().taken).as(kind).isEqualTo(sent);
        if (kind.equals("form")) {
            assertThat(guard.onlyCall().request.header("Content-Type"))
                    .containsExactly("application/x-www-form-urlencoded");
        }
        guard.calls.clear();
    }

    private byte[] posted(URI to, Consumer<RequestBuilder> body) throws Exception {
        RequestBuilder request = new RequestBuilder("POST").setUrl(to.toString());
        body.accept(request);
        return started(client, request).reply().get(20, TimeUnit.SECONDS).body();
    }

    @Test
    void parts_in_memory_are_told_with_their_boundary() throws Exception {
        guard.instead = Answers.STALE;
        posted(
                server.uri("/guarded/status/503"),
                request -> request.addBodyPart(new StringPart("one", "first part"))
                        .addBodyPart(new ByteArrayPart("two", "second part".getBytes())));
        ScriptedGuard.Call call = guard.onlyCall();
        String type = call.request.header("Content-Type").get(0);
        String boundary = type.substring(type.indexOf("boundary=") + "boundary=".length());
        assertThat(type).startsWith("multipart/form-data");
        assertThat(new String(call.taken))
                .startsWith("--" + boundary)
                .contains("first part", "second part")
                .endsWith("--" + boundary + "--\r\n");
    }

    @Test
    void parts_in_files_are_told_with_their_boundary(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("part"), "in a file");
        guard.instead = Answers.STALE;
        posted(
                server.uri("/guarded/status/503"),
                request -> request.addBodyPart(new StringPart("one", "at hand"))
                        .addBodyPart(new FilePart("two", file.toFile(), "text/plain")));
        ScriptedGuard.Call call = guard.onlyCall();
        String boundary = call.request.header("Content-Type").get(0).replaceFirst(".*boundary=", "");
        assertThat(new String(call.taken)).startsWith("--" + boundary).contains("at hand", "in a file");
    }

    private Started started(AsyncHttpClient used, RequestBuilder request) {
        Told reply = new Told();
        ListenableFuture<Response> future = used.executeRequest(request.build(), new AsyncCompletionHandlerBase() {
            @Override
            public Response onCompleted(Response response) {
                reply.complete(reply(response));
                return response;
            }

            @Override
            public void onThrowable(Throwable failure) {
                reply.completeExceptionally(failure);
            }
        });
        return new Started(reply, () -> future.cancel(true));
    }

    @Override
    boolean pieces(Outgoing outgoing, Consumer<byte[]> to) throws Exception {
        client.prepareGet(outgoing.uri().toString())
                .execute(new AsyncCompletionHandlerBase() {
                    @Override
                    public State onBodyPartReceived(HttpResponseBodyPart part) {
                        to.accept(part.getBodyPartBytes());
                        return State.CONTINUE;
                    }
                })
                .get(30, TimeUnit.SECONDS);
        return true;
    }

    @Override
    Reply asUser(Outgoing outgoing) throws Exception {
        return reply(user.prepareGet(outgoing.uri().toString())
                .setRealm(Dsl.basicAuthRealm(TestServer.USER, TestServer.PASSWORD)
                        .setUsePreemptiveAuth(false)
                        .build())
                .execute()
                .get(30, TimeUnit.SECONDS));
    }

    private static Reply reply(Response response) {
        Reply.Builder reply = new Reply.Builder();
        response.getHeaders().forEach(header -> reply.header(header.getKey(), header.getValue()));
        reply.seen("text", response.getStatusText())
                .seen("type", response.getContentType())
                .seen("cookies", response.getCookies())
                .seen("redirected", response.isRedirected())
                .seen(
                        "has",
                        response.hasResponseStatus() + " " + response.hasResponseHeaders() + " "
                                + response.hasResponseBody());
        return reply.build(response.getStatusCode(), response.getResponseBodyAsBytes())
                .from(URI.create(response.getUri().toUrl()));
    }

    @Test
    void progress_is_told_to_handlers_that_ask_for_it() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        TransferCompletionHandler handler = new TransferCompletionHandler();
        handler.addTransferListener(new TransferListener() {
            @Override
            public void onRequestHeadersSent(HttpHeaders headers) {
                told.add("request " + headers.get("X-Mine"));
            }

            @Override
            public void onResponseHeadersReceived(HttpHeaders headers) {
                told.add("response " + headers.get("X-Server"));
            }

            @Override
            public void onBytesReceived(byte[] bytes) {
                // As many times as pieces come.
            }

            @Override
            public void onBytesSent(long amount, long current, long total) {
                // As many times as pieces go.
            }

            @Override
            public void onRequestResponseCompleted() {
                told.add("completed");
            }

            @Override
            public void onThrowable(Throwable failure) {
                told.add(failure.toString());
            }
        });
        client.preparePost(server.uri("/guarded/echo").toString())
                .setHeader("X-Mine", "42")
                .setBody(new byte[1000])
                .execute(handler)
                .get(20, TimeUnit.SECONDS);
        // That the request was sent is told when its write is known of, which may be after the answer.
        eventually(() -> assertThat(told).containsExactlyInAnyOrder("request 42", "response test", "completed"));
    }

    @Test
    void a_handler_is_told_once_that_its_call_was_cancelled() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicInteger told = new AtomicInteger();
        ListenableFuture<Response> future = client.prepareGet(
                        server.rawUri("/guarded/silent-body").toString())
                .execute(new AsyncCompletionHandlerBase() {
                    @Override
                    public State onBodyPartReceived(HttpResponseBodyPart part) {
                        begun.countDown();
                        return State.CONTINUE;
                    }

                    @Override
                    public void onThrowable(Throwable failure) {
                        told.incrementAndGet();
                    }
                });
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(future.cancel(true)).isTrue();
        assertThat(future.cancel(true)).isFalse();
        assertThat(told).hasValue(1);
    }

    @Override
    public void close() throws Exception {
        client.close();
        impatient.close();
        user.close();
    }
}
