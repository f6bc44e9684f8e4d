package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpContentResponse;
import org.eclipse.jetty.client.api.ContentResponse;
import org.eclipse.jetty.client.api.Request;
import org.eclipse.jetty.client.api.Result;
import org.eclipse.jetty.client.util.BasicAuthentication;
import org.eclipse.jetty.client.util.BufferingResponseListener;
import org.eclipse.jetty.client.util.BytesContentProvider;
import org.eclipse.jetty.client.util.InputStreamContentProvider;
import org.eclipse.jetty.client.util.MultiPartContentProvider;
import org.eclipse.jetty.client.util.OutputStreamContentProvider;
import org.eclipse.jetty.client.util.StringContentProvider;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.Test;

class Jetty9AsyncTest extends AsyncHttpClientConformance implements AutoCloseable {

    static final int LONGEST = 10_000_000;

    final HttpClient client = client();
    private HttpClient user;

    static HttpClient client() {
        HttpClient client = secure();
        client.setMaxConnectionsPerDestination(POOLED);
        try {
            client.start();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
        return client;
    }

    /** With the means for TLS, which the oldest versions must be given, in a way that the newest do not know. */
    private static HttpClient secure() {
        try {
            return HttpClient.class.getConstructor(SslContextFactory.class).newInstance(new SslContextFactory.Client());
        } catch (ReflectiveOperationException newer) {
            return new HttpClient();
        }
    }

    static Request request(HttpClient client, Outgoing outgoing) {
        Request request = client.newRequest(outgoing.uri())
                .method(outgoing.method())
                .timeout(
                        outgoing.uri().getPath().contains("silent") ? READ_TIMEOUT.toMillis() : 25_000,
                        TimeUnit.MILLISECONDS);
        outgoing.headers().forEach(request::header);
        return outgoing.body() == null ? request : request.content(new BytesContentProvider(outgoing.body()));
    }

    static Reply reply(ContentResponse response) {
        Reply.Builder reply = new Reply.Builder();
        // Of a type that is a class in the oldest versions and an interface in newer ones.
        Iterable<HttpField> fields = response.getHeaders();
        for (HttpField field : fields) {
            reply.header(field.getName(), field.getValue());
        }
        return reply.build(response.getStatus(), response.getContent())
                .from(response.getRequest().getURI());
    }

    /** By the client itself, where the answer is there as soon as the request is sent. */
    @Override
    boolean tellsInside() {
        return true;
    }

    /** An abort says that it came too late. */
    @Override
    boolean givesUpFailed() {
        return false;
    }

    @Override
    String callbackThreads() {
        return "HttpClient@.*";
    }

    @Override
    Started start(Outgoing outgoing) {
        return started(request(client, outgoing));
    }

    @Override
    Started startOnce(URI to, Once body) {
        return started(client.newRequest(to).method("PUT").content(new InputStreamContentProvider(body.stream())));
    }

    @Test
    void who_writes_a_body_meanwhile_is_not_left_waiting_by_a_call_that_is_not_made() throws Exception {
        guard.reject();
        OutputStreamContentProvider refused = new OutputStreamContentProvider();
        Started call = started(client.newRequest(server.uri("/guarded/echo")).content(refused));
        assertThat(catchThrowable(() -> write(refused, 100_000))).isInstanceOf(IOException.class);
        isRejection(catchThrowable(() -> call.reply().get(20, TimeUnit.SECONDS)));
        guard.answerAtOnce(Answers.STALE);
        for (int length : new int[] {100_000, 3_000_000}) {
            guard.calls.clear();
            OutputStreamContentProvider written = new OutputStreamContentProvider();
            Started answered =
                    started(client.newRequest(server.uri("/guarded/echo")).content(written));
            write(written, length);
            isStale(answered.reply().get(20, TimeUnit.SECONDS));
            assertThat(guard.onlyCall().taken == null).isEqualTo(length > 1 << 20);
        }
    }

    private static void write(OutputStreamContentProvider content, int length) throws IOException {
        try (OutputStream out = content.getOutputStream()) {
            byte[] piece = new byte[10_000];
            for (int written = 0; written < length; written += piece.length) {
                out.write(piece);
            }
        }
    }

    @Test
    void a_body_keeps_the_type_that_it_names_itself() throws Exception {
        guard.answerAtOnce(Answers.STALE);
        started(client.newRequest(server.uri("/guarded/echo"))
                        .method("POST")
                        .content(new StringContentProvider("application/json", "{}", StandardCharsets.UTF_8)))
                .reply()
                .get(20, TimeUnit.SECONDS);
        assertThat(guard.onlyCall().request.header("Content-Type"))
                .singleElement()
                .asString()
                .startsWith("application/json");
        guard.calls.clear();
        MultiPartContentProvider parts = new MultiPartContentProvider("mark");
        parts.addFieldPart("p", new StringContentProvider("in it"), null);
        parts.close();
        started(client.newRequest(server.uri("/guarded/echo")).method("POST").content(parts))
                .reply()
                .get(20, TimeUnit.SECONDS);
        assertThat(guard.onlyCall().taken)
                .asString()
                .startsWith("--mark")
                .contains("in it")
                .endsWith("--mark--\r\n");
    }

    final Started started(Request request) {
        Told reply = new Told();
        request.send(new BufferingResponseListener(LONGEST) {
            @Override
            public void onComplete(Result result) {
                if (result.isFailed()) {
                    reply.completeExceptionally(result.getFailure());
                } else {
                    reply.complete(reply(new HttpContentResponse(
                            result.getResponse(), getContent(), getMediaType(), getEncoding())));
                }
            }

            private Reply reply(ContentResponse response) {
                return Jetty9AsyncTest.reply(response);
            }
        });
        return new Started(reply, () -> request.abort(new CancellationException("no longer wanted")));
    }

    @Override
    boolean pieces(Outgoing outgoing, Consumer<byte[]> to) throws Exception {
        CompletableFuture<Result> ended = new CompletableFuture<>();
        request(client, outgoing)
                .onResponseContent((response, piece) -> {
                    to.accept(taken(piece));
                })
                .send(ended::complete);
        assertThat(ended.get(30, TimeUnit.SECONDS).isSucceeded()).isTrue();
        return true;
    }

    @Override
    Reply asUser(Outgoing outgoing) throws Exception {
        return reply(request(user(), outgoing).send());
    }

    private synchronized HttpClient user() {
        if (user == null) {
            user = client();
            user.getAuthenticationStore()
                    .addAuthentication(new BasicAuthentication(
                            server.uri("/"), TestServer.REALM, TestServer.USER, TestServer.PASSWORD));
        }
        return user;
    }

    /** Whichever end of the connection notices first. */
    @Override
    boolean tellsHandshakesOneWay() {
        return false;
    }

    @Override
    boolean unpacks() {
        return true;
    }

    @Override
    public void close() throws Exception {
        client.stop();
        if (user != null) {
            user.stop();
        }
    }
}
