package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.util.ssl.SslContextFactory;

class Jetty9AsyncTest extends AsyncHttpClientConformance implements AutoCloseable {

    static final int LONGEST = 10_000_000;

    private final HttpClient client = client();
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
        return reply.build(response.getStatus(), response.getContent());
    }

    @Override
    Started start(Outgoing outgoing) {
        Request request = request(client, outgoing);
        CompletableFuture<Reply> reply = new CompletableFuture<>();
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
