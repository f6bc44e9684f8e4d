package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.resilience.fallback.Answer;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.net.Authenticator;
import java.net.ConnectException;
import java.net.CookieHandler;
import java.net.CookieManager;
import java.net.HttpURLConnection;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class UrlConnectionTest extends HttpClientConformance {

    private final CookieManager cookies = new CookieManager();

    @Override
    Reply exchange(Outgoing outgoing) throws Exception {
        HttpURLConnection connection = open(outgoing);
        if (outgoing.body() != null) {
            connection.setDoOutput(true);
            connection.getOutputStream().write(outgoing.body());
        }
        int status = connection.getResponseCode();
        Reply.Builder reply = new Reply.Builder();
        for (int i = 1; connection.getHeaderField(i) != null; i++) {
            reply.header(connection.getHeaderFieldKey(i), connection.getHeaderField(i));
        }
        try (InputStream body = status >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
            return reply.build(status, body == null ? null : body.readAllBytes())
                    .from(URI.create(connection.getURL().toString()));
        }
    }

    private static HttpURLConnection open(Outgoing outgoing) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) outgoing.uri().toURL().openConnection();
        connection.setRequestMethod(outgoing.method());
        outgoing.headers().forEach(connection::setRequestProperty);
        connection.setReadTimeout(outgoing.uri().getPath().contains("silent") ? (int) READ_TIMEOUT.toMillis() : 30_000);
        return connection;
    }

    @Override
    AutoCloseable begun(Outgoing outgoing, boolean reads) throws Exception {
        HttpURLConnection connection = open(outgoing);
        connection.getResponseCode();
        if (reads) {
            InputStream body = connection.getInputStream();
            body.read();
            return body;
        }
        return connection::disconnect;
    }

    @Override
    boolean onCallersThread() {
        return true;
    }

    @Override
    boolean pieces(Outgoing request, Consumer<byte[]> to) throws Exception {
        drain(open(request).getInputStream(), to);
        return true;
    }

    /** Its cookies are those of the whole JVM. */
    @Override
    Reply asUser(Outgoing request) throws Exception {
        CookieHandler.setDefault(cookies);
        Authenticator.setDefault(new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return new PasswordAuthentication(TestServer.USER, TestServer.PASSWORD.toCharArray());
            }
        });
        try {
            return exchange(request);
        } finally {
            CookieHandler.setDefault(null);
            Authenticator.setDefault(null);
        }
    }

    @Override
    boolean tellsBodies() {
        return true;
    }

    @Test
    void all_getters_agree_about_the_response_of_a_call_that_was_made_again() throws Exception {
        guard.repetitions = 2;
        server.flaky.set(1);
        HttpURLConnection connection = open(new Outgoing("PUT", server.uri("/guarded/flaky"), Map.of(), null));
        connection.setDoOutput(true);
        connection.getOutputStream().write("sent twice".getBytes());
        assertThat(connection.getHeaderField("X-Server")).isEqualTo("test");
        assertThat(connection.getResponseCode()).isEqualTo(200);
        assertThat(connection.getResponseMessage()).isEqualTo("OK");
        assertThat(connection.getContentLengthLong()).isEqualTo(10);
        assertThat(connection.getHeaderFields()).containsKey("X-twice");
        assertThat(connection.getHeaderField(0)).startsWith("HTTP/1.1 200");
        assertThat(connection.getErrorStream()).isNull();
        assertThat(new String(connection.getInputStream().readAllBytes())).isEqualTo("sent twice");
        assertThat(connection.getInputStream().read()).isEqualTo(-1);
        assertThat(server.hits.get()).isEqualTo(2);
        settled("answered 200");
    }

    @Test
    void a_body_that_was_streamed_is_not_sent_again() throws Exception {
        guard.repetitions = 2;
        server.flaky.set(1);
        HttpURLConnection connection = open(new Outgoing("PUT", server.uri("/guarded/flaky"), Map.of(), null));
        connection.setDoOutput(true);
        connection.setChunkedStreamingMode(100);
        connection.getOutputStream().write("sent once".getBytes());
        assertThat(connection.getResponseCode()).isEqualTo(503);
        assertThat(server.hits.get()).isEqualTo(1);
        settled("answered 503");
    }

    @Test
    void a_body_that_is_streamed_is_told_to_what_takes_the_call_in_charge() throws Exception {
        guard.instead = Answers.STALE;
        assertThat(streamed(server.uri("/guarded/status/503"), "told in time")).isEqualTo("from the cache, ä");
        assertThat(guard.onlyCall().taken).asString().isEqualTo("told in time");
        guard.calls.clear();
        guard.answerAtOnce(Answers.STALE);
        assertThat(streamed(server.uri("/guarded/echo"), "told at once")).isEqualTo("from the cache, ä");
        assertThat(guard.onlyCall().taken).asString().isEqualTo("told at once");
        assertThat(server.hits.get()).isEqualTo(1);
    }

    @Test
    void a_body_that_was_kept_until_the_circuit_let_the_call_through_is_sent() throws Exception {
        guard.instead = Answers.STALE;
        guard.passes = false;
        assertThat(streamed(server.uri("/guarded/echo"), "sent late")).isEqualTo("sent late");
        settled("answered 200");
        assertThat(server.hits.get()).isEqualTo(1);
    }

    @Test
    void a_body_is_sent_whole_whenever_the_application_connects() throws Exception {
        guard.instead = Answers.STALE;
        guard.passes = false;
        HttpURLConnection connection = open(new Outgoing("PUT", server.uri("/guarded/echo"), Map.of(), null));
        connection.setDoOutput(true);
        OutputStream out = connection.getOutputStream();
        connection.connect();
        out.write("whole ".getBytes());
        connection.connect();
        out.write("body".getBytes());
        assertThat(new String(connection.getInputStream().readAllBytes())).isEqualTo("whole body");
        settled("answered 200");
        assertThat(server.hits.get()).isEqualTo(1);
    }

    @Test
    void what_takes_a_call_in_charge_is_told_its_body_whenever_the_application_connects() throws Exception {
        guard.answerAtOnce(Answers.STALE);
        for (boolean before : new boolean[] {true, false}) {
            HttpURLConnection connection = open(new Outgoing("PUT", server.uri("/guarded/echo"), Map.of(), null));
            connection.setDoOutput(true);
            if (before) {
                connection.connect();
            }
            OutputStream out = connection.getOutputStream();
            connection.connect();
            out.write("in charge".getBytes());
            assertThat(connection.getResponseCode()).isEqualTo(200);
            assertThat(guard.onlyCall().taken).asString().isEqualTo("in charge");
            guard.calls.clear();
        }
        assertThat(server.hits.get()).isZero();
    }

    @Test
    void who_connects_first_and_streams_hears_of_no_connection_when_the_body_is_there() throws Exception {
        for (boolean answered : new boolean[] {true, false}) {
            for (boolean chunked : new boolean[] {true, false}) {
                guard.instead = Answers.STALE;
                HttpURLConnection connection = refused();
                if (chunked) {
                    connection.setChunkedStreamingMode(100);
                } else {
                    connection.setFixedLengthStreamingMode("in charge".length());
                }
                if (!answered) {
                    guard.instead = null;
                }
                Throwable thrown = catchThrowable(connection::connect);
                if (answered) {
                    assertThat(thrown).isNull();
                    connection.getOutputStream().write("in charge".getBytes());
                    assertThat(connection.getResponseCode()).isEqualTo(200);
                    assertThat(guard.onlyCall().taken).asString().isEqualTo("in charge");
                } else {
                    assertThat(thrown).isInstanceOf(ConnectException.class);
                }
                settled("failed");
                guard.calls.clear();
            }
        }
        guard.instead = Answers.STALE;
        HttpURLConnection streamsNothing = refused();
        streamsNothing.connect();
        assertThat(streamsNothing.getResponseCode()).isEqualTo(200);
        settled("failed");
    }

    private static HttpURLConnection refused() throws IOException {
        HttpURLConnection connection = open(new Outgoing("PUT", TestServer.refused("/guarded/echo"), Map.of(), null));
        connection.setDoOutput(true);
        return connection;
    }

    @Test
    void a_body_that_the_application_never_writes_is_empty() throws Exception {
        guard.instead = Answers.STALE;
        HttpURLConnection connection = open(new Outgoing("PUT", server.uri("/guarded/status/503"), Map.of(), null));
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(0);
        connection.connect();
        assertThat(connection.getResponseCode()).isEqualTo(200);
        assertThat(guard.onlyCall().taken).isEmpty();
    }

    @Test
    void a_call_without_a_body_that_is_refused_says_so_when_it_connects() throws Exception {
        guard.reject();
        HttpURLConnection connection = open(Outgoing.get(server.uri("/guarded/hello")));
        isRejection(catchThrowable(connection::connect));
        isRejection(catchThrowable(connection::getInputStream));
        settled("rejected");
    }

    @Test
    void a_body_of_unknown_length_is_sent_at_once_where_a_trial_may_be_had() throws Exception {
        guard.instead = Answers.STALE;
        guard.passes = false;
        HttpURLConnection connection = open(new Outgoing("PUT", server.uri("/guarded/echo"), Map.of(), null));
        connection.setDoOutput(true);
        connection.setChunkedStreamingMode(100);
        connection.getOutputStream().write(new byte[2 << 20]);
        assertThat(connection.getInputStream().readAllBytes()).hasSize(2 << 20);
    }

    @Test
    void a_body_too_long_to_be_kept_is_not_repeated_in_part() throws Exception {
        guard.instead = Answers.STALE;
        guard.repetitions = 2;
        HttpURLConnection connection = open(new Outgoing("PUT", TestServer.refused("/guarded/echo"), Map.of(), null));
        connection.setDoOutput(true);
        connection.setChunkedStreamingMode(100);
        connection.getOutputStream().write(new byte[2 << 20]);
        assertThat(connection.getResponseCode()).isEqualTo(200);
        assertThat(guard.onlyCall().repeated).isZero();
        assertThat(guard.onlyCall().taken).isNull();
    }

    @Test
    void a_get_stays_one_where_its_connection_may_have_a_body() throws Exception {
        guard.instead = Answers.STALE;
        guard.passes = false;
        HttpURLConnection connection = open(Outgoing.get(server.uri("/guarded/method")));
        connection.setDoOutput(true);
        connection.connect();
        assertThat(new String(connection.getInputStream().readAllBytes())).isEqualTo("GET");
    }

    @Test
    void a_connection_whose_body_was_streamed_is_not_held() throws Exception {
        guard.instead = Answers.STALE;
        WeakReference<HttpURLConnection> gone = streamedAndForgotten();
        guard.calls.clear();
        eventually(() -> {
            System.gc();
            assertThat(gone.get()).isNull();
        });
    }

    private WeakReference<HttpURLConnection> streamedAndForgotten() throws IOException {
        HttpURLConnection connection = open(new Outgoing("PUT", server.uri("/guarded/echo"), Map.of(), null));
        connection.setDoOutput(true);
        connection.setChunkedStreamingMode(100);
        try (OutputStream out = connection.getOutputStream()) {
            out.write("held by nobody".getBytes());
        }
        connection.getInputStream().readAllBytes();
        return new WeakReference<>(connection);
    }

    private static String streamed(URI uri, String body) throws IOException {
        HttpURLConnection connection = open(new Outgoing("PUT", uri, Map.of(), null));
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(body.length());
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body.getBytes());
        }
        return new String(connection.getInputStream().readAllBytes());
    }

    @Test
    void a_connection_that_cannot_be_opened_is_tried_again() throws Exception {
        guard.repetitions = 2;
        HttpURLConnection connection = open(Outgoing.get(TestServer.refused("/guarded/hello")));
        assertThat(catchThrowable(connection::connect)).isInstanceOf(ConnectException.class);
        settled("failed");
        assertThat(guard.onlyCall().repeated).isEqualTo(2);
        assertThat(catchThrowable(connection::getInputStream)).isInstanceOf(ConnectException.class);
        settled("failed");
    }

    @Test
    void all_getters_agree_about_an_answer_that_took_a_responses_place() throws Exception {
        guard.instead = new Answer.Http(
                "respond",
                404,
                List.of(new Answer.Header("X-One", "1"), new Answer.Header("Age", "3")),
                "gone".getBytes());
        HttpURLConnection connection = open(Outgoing.get(server.uri("/guarded/status/500")));
        assertThat(catchThrowable(connection::getInputStream)).isInstanceOf(FileNotFoundException.class);
        assertThat(connection.getResponseCode()).isEqualTo(404);
        assertThat(connection.getResponseMessage()).isEqualTo("Not Found");
        assertThat(connection.getHeaderField(0)).isEqualTo("HTTP/1.1 404 Not Found");
        assertThat(connection.getHeaderFieldKey(0)).isNull();
        assertThat(connection.getHeaderField("x-one")).isEqualTo("1");
        assertThat(connection.getHeaderFieldInt("Age", -1)).isEqualTo(3);
        assertThat(connection.getHeaderFields())
                .containsEntry("Age", List.of("3"))
                .containsKey(null);
        assertThat(new String(connection.getErrorStream().readAllBytes())).isEqualTo("gone");
        connection.disconnect();
    }

    @Test
    void a_get_with_a_body_is_the_post_that_the_connection_makes_of_it() throws Exception {
        HttpURLConnection connection =
                (HttpURLConnection) server.uri("/guarded/method").toURL().openConnection();
        connection.setDoOutput(true);
        connection.getOutputStream().write(1);
        assertThat(new String(connection.getInputStream().readAllBytes())).isEqualTo("POST");
        assertThat(guard.onlyCall().request.method()).isEqualTo("POST");
        settled("answered 200");
    }

    @Test
    void a_connection_that_is_given_up_gives_its_permit_back() throws Exception {
        HttpURLConnection connection = open(Outgoing.get(server.uri("/guarded/hello")));
        connection.connect();
        connection.disconnect();
        settled("cancelled");
    }

    @Test
    void a_streamed_request_body_arrives() throws Exception {
        HttpURLConnection connection = open(Outgoing.post(server.uri("/guarded/echo"), null));
        connection.setDoOutput(true);
        connection.setChunkedStreamingMode(1000);
        connection.getOutputStream().write(TestServer.LARGE, 0, 100_000);
        connection.getOutputStream().close();
        assertThat(connection.getInputStream().readAllBytes()).hasSize(100_000);
        settled("answered 200");
    }
}
