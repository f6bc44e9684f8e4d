package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.apache.http.Header;
import org.apache.http.HttpEntity;
import org.apache.http.auth.AuthScope;
import org.apache.http.auth.UsernamePasswordCredentials;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpPut;
import org.apache.http.client.methods.HttpUriRequest;
import org.apache.http.client.methods.RequestBuilder;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.entity.ByteArrayEntity;
import org.apache.http.entity.InputStreamEntity;
import org.apache.http.impl.client.BasicCredentialsProvider;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.util.EntityUtils;
import org.junit.jupiter.api.Test;

class Apache4Test extends HttpClientConformance implements AutoCloseable {

    private final CloseableHttpClient client = HttpClients.custom()
            .setMaxConnPerRoute(POOLED)
            .setMaxConnTotal(4 * POOLED)
            .build();

    private final CloseableHttpClient user =
            HttpClients.custom().setDefaultCredentialsProvider(credentials()).build();

    static BasicCredentialsProvider credentials() {
        BasicCredentialsProvider credentials = new BasicCredentialsProvider();
        credentials.setCredentials(
                AuthScope.ANY, new UsernamePasswordCredentials(TestServer.USER, TestServer.PASSWORD));
        return credentials;
    }

    private Reply once(String path) throws IOException {
        HttpPut request = new HttpPut(server.uri(path));
        request.setEntity(
                new InputStreamEntity(new ByteArrayInputStream("only once".getBytes(StandardCharsets.UTF_8))));
        try (CloseableHttpResponse response = client.execute(request)) {
            return reply(response);
        }
    }

    @Override
    Reply exchangeOnce(URI to, Once body) throws Exception {
        HttpPut request = new HttpPut(to);
        request.setEntity(new InputStreamEntity(body.stream()));
        try (CloseableHttpResponse response = client.execute(request)) {
            return reply(response);
        }
    }

    @Override
    Reply exchange(Outgoing outgoing) throws Exception {
        HttpClientContext context = HttpClientContext.create();
        try (CloseableHttpResponse response = client.execute(request(outgoing), context)) {
            return reply(response).from(led(context, outgoing.uri()));
        }
    }

    static HttpUriRequest request(Outgoing outgoing) {
        RequestBuilder request = RequestBuilder.create(outgoing.method()).setUri(outgoing.uri());
        outgoing.headers().forEach(request::addHeader);
        if (outgoing.body() != null) {
            request.setEntity(new ByteArrayEntity(outgoing.body()));
        }
        boolean silent = outgoing.uri().getPath().contains("silent");
        request.setConfig(RequestConfig.custom()
                .setSocketTimeout(silent ? (int) READ_TIMEOUT.toMillis() : 30_000)
                .setConnectionRequestTimeout(20_000)
                .build());
        return request.build();
    }

    static URI led(HttpClientContext context, URI asked) {
        List<URI> all = context.getRedirectLocations();
        return all == null || all.isEmpty() ? asked : all.get(all.size() - 1);
    }

    private static Reply reply(CloseableHttpResponse response) throws IOException {
        Reply.Builder reply = new Reply.Builder();
        for (Header header : response.getAllHeaders()) {
            reply.header(header.getName(), header.getValue());
        }
        HttpEntity entity = response.getEntity();
        reply.seen("line", response.getStatusLine()).seen("locale", response.getLocale());
        if (entity != null) {
            reply.seen("type", entity.getContentType())
                    .seen("encoding", entity.getContentEncoding())
                    .seen("length", entity.getContentLength())
                    .seen("chunked", entity.isChunked())
                    .seen("streaming", entity.isStreaming())
                    .seen("repeatable", entity.isRepeatable());
        }
        byte[] body = entity == null ? null : EntityUtils.toByteArray(entity);
        return reply.build(response.getStatusLine().getStatusCode(), body);
    }

    @Override
    AutoCloseable begun(Outgoing outgoing, boolean reads) throws Exception {
        CloseableHttpResponse response = client.execute(request(outgoing));
        if (reads) {
            response.getEntity().getContent().read();
        }
        return response;
    }

    @Override
    boolean onCallersThread() {
        return true;
    }

    @Override
    boolean pieces(Outgoing request, Consumer<byte[]> to) throws Exception {
        try (CloseableHttpResponse response = client.execute(request(request))) {
            drain(response.getEntity().getContent(), to);
        }
        return true;
    }

    @Override
    Reply asUser(Outgoing outgoing) throws Exception {
        try (CloseableHttpResponse response = user.execute(request(outgoing))) {
            return reply(response);
        }
    }

    @Test
    void a_body_that_can_be_sent_once_only_is_sent_once() throws Exception {
        guard.repetitions = 2;
        server.flaky.set(1);
        assertThat(once("/guarded/flaky").status()).isEqualTo(503);
        assertThat(server.hits.get()).isEqualTo(1);
        settled("answered 503");
        assertThat(once("/guarded/echo").text()).isEqualTo("only once");
    }

    @Override
    boolean unpacks() {
        return true;
    }

    @Override
    public void close() throws IOException {
        client.close();
        user.close();
    }
}
