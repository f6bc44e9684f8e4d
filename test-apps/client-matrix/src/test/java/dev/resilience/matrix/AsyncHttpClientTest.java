package dev.resilience.matrix;

import java.util.concurrent.CompletableFuture;
import org.asynchttpclient.AsyncHttpClient;
import org.asynchttpclient.Dsl;
import org.asynchttpclient.ListenableFuture;
import org.asynchttpclient.RequestBuilder;
import org.asynchttpclient.Response;

class AsyncHttpClientTest extends AsyncHttpClientConformance implements AutoCloseable {

    private final AsyncHttpClient client = client(30_000);
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
    Started start(Outgoing outgoing) {
        RequestBuilder request =
                new RequestBuilder(outgoing.method()).setUrl(outgoing.uri().toString());
        outgoing.headers().forEach(request::setHeader);
        if (outgoing.body() != null) {
            request.setBody(outgoing.body());
        }
        AsyncHttpClient used = outgoing.uri().getPath().contains("silent") ? impatient : client;
        ListenableFuture<Response> future = used.executeRequest(request.build());
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        future.toCompletableFuture().whenComplete((response, failure) -> {
            if (failure == null) {
                reply.complete(reply(response));
            } else {
                reply.completeExceptionally(failure);
            }
        });
        return new Started(reply, () -> future.cancel(true));
    }

    private static Reply reply(Response response) {
        Reply.Builder reply = new Reply.Builder();
        response.getHeaders().forEach(header -> reply.header(header.getKey(), header.getValue()));
        return reply.build(response.getStatusCode(), response.getResponseBodyAsBytes());
    }

    @Override
    public void close() throws Exception {
        client.close();
        impatient.close();
    }
}
