package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.client.BasicAuthentication;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Result;

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
        return reply.build(response.getStatus(), response.getContent());
    }

    @Override
    Started start(Outgoing outgoing) {
        Request request = request(client, outgoing);
        CompletableFuture<Reply> reply =
                new CompletableResponseListener(request, LONGEST).send().thenApply(Jetty12AsyncTest::reply);
        CompletableFuture<Reply> unwrapped = new CompletableFuture<>();
        reply.whenComplete((given, failure) -> {
            if (failure == null) {
                unwrapped.complete(given);
            } else {
                unwrapped.completeExceptionally(failure.getCause() == null ? failure : failure.getCause());
            }
        });
        return new Started(unwrapped, () -> request.abort(new CancellationException("no longer wanted")));
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
