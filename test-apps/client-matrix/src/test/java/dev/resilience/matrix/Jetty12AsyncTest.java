package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.client.BasicAuthentication;
import org.eclipse.jetty.client.BufferingResponseListener;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.FormRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.InputStreamRequestContent;
import org.eclipse.jetty.client.MultiPartRequestContent;
import org.eclipse.jetty.client.OutputStreamRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.client.StringRequestContent;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.util.Fields;
import org.junit.jupiter.api.Test;

class Jetty12AsyncTest extends AsyncHttpClientConformance implements AutoCloseable {

    static final int LONGEST = 10_000_000;

    private final HttpClient client = client();
    private HttpClient user;

    static HttpClient client() {
        HttpClient client = new HttpClient();
        client.setMaxConnectionsPerDestination(POOLED);
        try {
            client.start();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
        return client;
    }

    static Request request(HttpClient client, Outgoing outgoing) {
        Request request = client.newRequest(outgoing.uri())
                .method(outgoing.method())
                .timeout(
                        outgoing.uri().getPath().contains("silent") ? READ_TIMEOUT.toMillis() : 25_000,
                        TimeUnit.MILLISECONDS)
                .headers(headers -> outgoing.headers().forEach(headers::put));
        return outgoing.body() == null
                ? request
                : request.body(new BytesRequestContent(
                        outgoing.header("Content-Type", "application/octet-stream"), outgoing.body()));
    }

    static Reply reply(ContentResponse response) {
        Reply.Builder reply = new Reply.Builder();
        response.getHeaders().forEach(field -> reply.header(field.getName(), field.getValue()));
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
        return started(client.newRequest(to).method("PUT").body(new InputStreamRequestContent(body.stream())));
    }

    @Test
    void who_writes_a_body_meanwhile_is_not_left_waiting_by_a_call_that_is_not_made() throws Exception {
        guard.reject();
        OutputStreamRequestContent refused = new OutputStreamRequestContent();
        Started call = started(client.newRequest(server.uri("/guarded/echo")).body(refused));
        assertThat(catchThrowable(() -> write(refused, 100_000))).isInstanceOf(IOException.class);
        isRejection(catchThrowable(() -> call.reply().get(20, TimeUnit.SECONDS)));
        guard.answerAtOnce(Answers.STALE);
        for (int length : new int[] {100_000, 3_000_000}) {
            guard.calls.clear();
            OutputStreamRequestContent written = new OutputStreamRequestContent();
            Started answered =
                    started(client.newRequest(server.uri("/guarded/echo")).body(written));
            write(written, length);
            isStale(answered.reply().get(20, TimeUnit.SECONDS));
            assertThat(guard.onlyCall().taken == null).isEqualTo(length > 1 << 20);
        }
    }

    private static void write(OutputStreamRequestContent content, int length) throws IOException {
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
                        .body(new StringRequestContent("application/json", "{}")))
                .reply()
                .get(20, TimeUnit.SECONDS);
        assertThat(guard.onlyCall().request.header("Content-Type"))
                .singleElement()
                .asString()
                .startsWith("application/json");
        guard.calls.clear();
        Fields form = new Fields();
        form.put("a", "1 2");
        started(client.newRequest(server.uri("/guarded/echo")).method("POST").body(new FormRequestContent(form)))
                .reply()
                .get(20, TimeUnit.SECONDS);
        assertThat(guard.onlyCall().taken).asString().isEqualTo("a=1+2");
        guard.calls.clear();
        MultiPartRequestContent parts = new MultiPartRequestContent("mark");
        parts.addPart(new MultiPart.ContentSourcePart("p", null, HttpFields.EMPTY, new StringRequestContent("in it")));
        parts.close();
        started(client.newRequest(server.uri("/guarded/echo")).method("POST").body(parts))
                .reply()
                .get(20, TimeUnit.SECONDS);
        assertThat(guard.onlyCall().taken)
                .asString()
                .startsWith("--mark")
                .contains("in it")
                .endsWith("--mark--\r\n");
    }

    private Started started(Request request) {
        Told told = new Told();
        request.send(new BufferingResponseListener(LONGEST) {
            @Override
            public void onComplete(Result result) {
                if (result.isFailed()) {
                    told.completeExceptionally(result.getFailure());
                    return;
                }
                Reply.Builder reply = new Reply.Builder();
                result.getResponse().getHeaders().forEach(field -> reply.header(field.getName(), field.getValue()));
                reply.seen("reason", result.getResponse().getReason())
                        .seen("version", result.getResponse().getVersion())
                        .seen("type", getMediaType())
                        .seen("encoding", getEncoding());
                told.complete(reply.build(result.getResponse().getStatus(), getContent())
                        .from(result.getResponse().getRequest().getURI()));
            }
        });
        return new Started(told, () -> request.abort(new CancellationException("no longer wanted")));
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
