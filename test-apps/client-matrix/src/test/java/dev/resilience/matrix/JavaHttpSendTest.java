package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.fallback.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.net.Authenticator;
import java.net.CookieManager;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JavaHttpSendTest extends HttpClientConformance {

    static final HttpClient CLIENT =
            HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();

    private final HttpClient user = user();

    @Override
    Reply exchange(Outgoing request) throws Exception {
        return reply(CLIENT.send(request(request), BodyHandlers.ofByteArray()));
    }

    @Override
    Reply exchangeOnce(URI to, Once body) throws Exception {
        HttpRequest put = HttpRequest.newBuilder(to)
                .PUT(BodyPublishers.ofInputStream(body::stream))
                .build();
        return reply(CLIENT.send(put, BodyHandlers.ofByteArray()));
    }

    @Override
    boolean settlesAfterTheBody() {
        return true;
    }

    @Override
    boolean timesOutReading() {
        return false;
    }

    @Override
    AutoCloseable begun(Outgoing request, boolean reads) throws Exception {
        InputStream body =
                CLIENT.send(request(request), BodyHandlers.ofInputStream()).body();
        if (reads) {
            body.read();
            return body;
        }
        return null;
    }

    @Override
    boolean onCallersThread() {
        return true;
    }

    @Override
    boolean pieces(Outgoing request, Consumer<byte[]> to) throws Exception {
        drain(CLIENT.send(request(request), BodyHandlers.ofInputStream()).body(), to);
        return true;
    }

    @Override
    Reply asUser(Outgoing request) throws Exception {
        return reply(user.send(request(request), BodyHandlers.ofByteArray()));
    }

    /** With cookies and credentials. */
    static HttpClient user() {
        return HttpClient.newBuilder()
                .cookieHandler(new CookieManager())
                .authenticator(new Authenticator() {
                    @Override
                    protected PasswordAuthentication getPasswordAuthentication() {
                        return new PasswordAuthentication(TestServer.USER, TestServer.PASSWORD.toCharArray());
                    }
                })
                .build();
    }

    @Test
    void answers_go_through_the_applications_own_handlers(@TempDir Path directory) throws Exception {
        HttpRequest request = request(Outgoing.get(server.uri("/guarded/hello")));
        for (boolean rejected : new boolean[] {true, false}) {
            guard.answerAtOnce(Answers.STALE);
            if (!rejected) {
                guard.admission = null;
                request = request(Outgoing.get(server.uri("/guarded/status/503")));
            }
            Path file = CLIENT.send(request, BodyHandlers.ofFile(directory.resolve("body")))
                    .body();
            assertThat(file).hasContent("from the cache, ä");
            assertThat(CLIENT.send(request, BodyHandlers.ofLines()).body()).containsExactly("from the cache, ä");
            assertThat(CLIENT.send(request, BodyHandlers.ofString()).body()).isEqualTo("from the cache, ä");
            assertThat(CLIENT.send(request, BodyHandlers.replacing("mine")).body())
                    .isEqualTo("mine");
            try (InputStream body =
                    CLIENT.send(request, BodyHandlers.ofInputStream()).body()) {
                assertThat(body).hasBinaryContent(Answers.STALE.body());
            }
        }
    }

    @Test
    void a_body_that_can_be_sent_once_only_is_sent_once() throws Exception {
        guard.repetitions = 2;
        server.flaky.set(1);
        HttpRequest request = HttpRequest.newBuilder(server.uri("/guarded/flaky"))
                .PUT(BodyPublishers.fromPublisher(new OneShot("only once")))
                .build();
        assertThat(CLIENT.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(503);
        assertThat(server.hits.get()).isEqualTo(1);
        settled("answered 503");
        HttpRequest good = HttpRequest.newBuilder(server.uri("/guarded/echo"))
                .PUT(BodyPublishers.fromPublisher(new OneShot("only once")))
                .build();
        assertThat(CLIENT.send(good, BodyHandlers.ofString()).body()).isEqualTo("only once");
    }

    /** A body that only the first subscriber is given. */
    private static final class OneShot implements Flow.Publisher<ByteBuffer> {

        private final String text;
        private final AtomicBoolean taken = new AtomicBoolean();

        OneShot(String text) {
            this.text = text;
        }

        @Override
        public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
            if (!taken.compareAndSet(false, true)) {
                throw new AssertionError("subscribed to twice");
            }
            BodyPublishers.ofString(text).subscribe(subscriber);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"truncated", "reset-body"})
    void a_body_that_breaks_while_the_application_reads_it_is_a_failure(String how) throws Exception {
        for (Answer.Http fallback : new Answer.Http[] {null, Answers.STALE}) {
            guard.calls.clear();
            guard.instead = fallback;
            assertThatThrownBy(() -> {
                        var response = CLIENT.send(
                                request(Outgoing.get(server.rawUri("/guarded/" + how))), BodyHandlers.ofInputStream());
                        response.body().readAllBytes();
                    })
                    .isInstanceOf(IOException.class);
            eventually(() -> assertThat(guard.onlyCall().outcome()).isEqualTo("broken"));
        }
    }

    @Test
    void a_body_read_as_lines_or_by_a_publisher_settles_its_call() throws Exception {
        HttpRequest request = request(Outgoing.get(server.uri("/guarded/hello")));
        assertThat(CLIENT.send(request, BodyHandlers.ofLines()).body()).containsExactly("Hello");
        settled("answered 200");
        guard.calls.clear();
        var publisher = CLIENT.send(request, BodyHandlers.ofPublisher()).body();
        var whole = java.net.http.HttpResponse.BodySubscribers.ofString(java.nio.charset.StandardCharsets.UTF_8);
        publisher.subscribe(whole);
        assertThat(whole.getBody().toCompletableFuture().get(20, java.util.concurrent.TimeUnit.SECONDS))
                .isEqualTo("Hello");
        settled("answered 200");
    }

    @Test
    void a_request_that_waits_to_be_told_to_continue_is_sent_so_with_what_the_agent_adds() throws Exception {
        guard.deadlineMillis = 20_000;
        guard.traceparent = "00-11111111111111111111111111111111-2222222222222222-01";
        HttpRequest request = HttpRequest.newBuilder(server.uri("/guarded/echo"))
                .expectContinue(true)
                .POST(BodyPublishers.ofString("go on"))
                .build();
        assertThat(CLIENT.send(request, BodyHandlers.ofString()).body()).isEqualTo("go on");
        assertThat(server.lastTraceparent).isEqualTo(guard.traceparent);
        settled("answered 200");
    }

    static HttpRequest request(Outgoing outgoing) {
        HttpRequest.Builder request = HttpRequest.newBuilder(outgoing.uri())
                .timeout(READ_TIMEOUT.multipliedBy(outgoing.uri().getPath().contains("silent") ? 1 : 40))
                .method(
                        outgoing.method(),
                        outgoing.body() == null
                                ? BodyPublishers.noBody()
                                : BodyPublishers.ofByteArray(outgoing.body()));
        outgoing.headers().forEach(request::header);
        return request.build();
    }

    static Reply reply(HttpResponse<byte[]> response) {
        Reply.Builder reply = new Reply.Builder();
        response.headers().map().forEach((name, values) -> values.forEach(value -> reply.header(name, value)));
        reply.seen("previous", response.previousResponse())
                .seen("session", response.sslSession())
                .seen("version", response.version())
                .seen("method", response.request().method())
                .seen("itself", response.toString().replace("/guarded/", "/free/"));
        assertThat(response.request().uri()).isEqualTo(response.uri());
        return reply.build(response.statusCode(), response.body()).from(response.uri());
    }
}
