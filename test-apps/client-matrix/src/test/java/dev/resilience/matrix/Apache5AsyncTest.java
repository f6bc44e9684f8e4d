package dev.resilience.matrix;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.hc.client5.http.async.methods.SimpleHttpRequest;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.async.methods.SimpleRequestProducer;
import org.apache.hc.client5.http.async.methods.SimpleResponseConsumer;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManager;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.util.Timeout;

class Apache5AsyncTest extends AsyncHttpClientConformance implements AutoCloseable {

    private final CloseableHttpAsyncClient client = client();

    CloseableHttpAsyncClient client() {
        CloseableHttpAsyncClient client = HttpAsyncClients.custom()
                .setConnectionManager(pool())
                .disableAutomaticRetries()
                .build();
        client.start();
        return client;
    }

    static PoolingAsyncClientConnectionManager pool() {
        return PoolingAsyncClientConnectionManagerBuilder.create()
                .setMaxConnPerRoute(POOLED)
                .setMaxConnTotal(4 * POOLED)
                .build();
    }

    @Override
    Started start(Outgoing outgoing) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        HttpClientContext context = HttpClientContext.create();
        context.setRequestConfig(config(outgoing));
        Future<SimpleHttpResponse> future = client.execute(
                SimpleRequestProducer.create(request(outgoing)),
                SimpleResponseConsumer.create(),
                context,
                new FutureCallback<>() {
                    @Override
                    public void completed(SimpleHttpResponse response) {
                        reply.complete(reply(response));
                    }

                    @Override
                    public void failed(Exception failure) {
                        reply.completeExceptionally(failure);
                    }

                    @Override
                    public void cancelled() {
                        reply.cancel(true);
                    }
                });
        return new Started(reply, () -> future.cancel(true));
    }

    static SimpleHttpRequest request(Outgoing outgoing) {
        SimpleHttpRequest request = new SimpleHttpRequest(outgoing.method(), outgoing.uri());
        outgoing.headers().forEach(request::addHeader);
        if (outgoing.body() != null) {
            request.setBody(outgoing.body(), ContentType.APPLICATION_OCTET_STREAM);
        }
        return request;
    }

    static RequestConfig config(Outgoing outgoing) {
        boolean silent = outgoing.uri().getPath().contains("silent");
        return RequestConfig.custom()
                .setResponseTimeout(Timeout.ofMilliseconds(silent ? READ_TIMEOUT.toMillis() : 30_000))
                .setConnectionRequestTimeout(Timeout.ofSeconds(20))
                .build();
    }

    static Reply reply(SimpleHttpResponse response) {
        Reply.Builder reply = new Reply.Builder();
        for (Header header : response.getHeaders()) {
            reply.header(header.getName(), header.getValue());
        }
        return reply.build(response.getCode(), response.getBodyBytes());
    }

    @Override
    public void close() throws Exception {
        client.close();
    }
}
