package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.fallback.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JavaHttpSendTest extends HttpClientConformance {

    static final HttpClient CLIENT =
            HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();

    @Override
    Reply exchange(Outgoing request) throws Exception {
        return reply(CLIENT.send(request(request), BodyHandlers.ofByteArray()));
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
        return reply.build(response.statusCode(), response.body());
    }
}
