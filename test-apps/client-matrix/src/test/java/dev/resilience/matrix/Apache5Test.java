package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPut;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.CloseableHttpResponse;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.protocol.RedirectLocations;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.util.Timeout;
import org.junit.jupiter.api.Test;

class Apache5Test extends HttpClientConformance implements AutoCloseable {

    private final CloseableHttpClient client = HttpClients.custom()
            .setConnectionManager(pool())
            .disableAutomaticRetries()
            .build();

    private static PoolingHttpClientConnectionManager pool() {
        PoolingHttpClientConnectionManager pool = new PoolingHttpClientConnectionManager();
        pool.setDefaultMaxPerRoute(POOLED);
        pool.setMaxTotal(4 * POOLED);
        return pool;
    }

    private final CloseableHttpClient user =
            HttpClients.custom().setDefaultCredentialsProvider(credentials()).build();

    static BasicCredentialsProvider credentials() {
        BasicCredentialsProvider credentials = new BasicCredentialsProvider();
        credentials.setCredentials(
                new AuthScope(null, -1),
                new UsernamePasswordCredentials(TestServer.USER, TestServer.PASSWORD.toCharArray()));
        return credentials;
    }

    private Reply once(String path) throws Exception {
        HttpPut request = new HttpPut(server.uri(path));
        byte[] body = "only once".getBytes(StandardCharsets.UTF_8);
        request.setEntity(new InputStreamEntity(new ByteArrayInputStream(body), ContentType.APPLICATION_OCTET_STREAM));
        try (CloseableHttpResponse response = client.execute(request)) {
            return reply(response);
        }
    }

    @Override
    Reply exchangeOnce(URI to, Once body) throws Exception {
        HttpPut request = new HttpPut(to);
        request.setEntity(new InputStreamEntity(body.stream(), ContentType.APPLICATION_OCTET_STREAM));
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

    static URI led(HttpClientContext context, URI asked) {
        RedirectLocations locations = context.getRedirectLocations();
        List<URI> all = locations == null ? List.of() : locations.getAll();
        return all.isEmpty() ? asked : all.get(all.size() - 1);
    }

    private static Reply reply(CloseableHttpResponse response) throws Exception {
        Reply.Builder reply = new Reply.Builder();
        for (Header header : response.getHeaders()) {
            reply.header(header.getName(), header.getValue());
        }
        HttpEntity entity = response.getEntity();
        reply.seen("reason", response.getReasonPhrase()).seen("version", response.getVersion());
        if (entity != null) {
            reply.seen("type", entity.getContentType())
                    .seen("encoding", entity.getContentEncoding())
                    .seen("length", entity.getContentLength())
                    .seen("chunked", entity.isChunked())
                    .seen("streaming", entity.isStreaming())
                    .seen("repeatable", entity.isRepeatable());
        }
        byte[] body = entity == null ? null : EntityUtils.toByteArray(entity);
        if (entity != null) {
            reply.seen(
                    "trailers",
                    entity.getTrailers() == null ? null : entity.getTrailers().get());
        }
        return reply.build(response.getCode(), body);
    }

    private static HttpUriRequestBase request(Outgoing outgoing) {
        HttpUriRequestBase request = new HttpUriRequestBase(outgoing.method(), outgoing.uri());
        outgoing.headers().forEach(request::addHeader);
        if (outgoing.body() != null) {
            request.setEntity(new ByteArrayEntity(outgoing.body(), ContentType.APPLICATION_OCTET_STREAM));
        }
        boolean silent = outgoing.uri().getPath().contains("silent");
        request.setConfig(RequestConfig.custom()
                .setResponseTimeout(Timeout.ofMilliseconds(silent ? READ_TIMEOUT.toMillis() : 30_000))
                .setConnectionRequestTimeout(Timeout.ofSeconds(20))
                .build());
        return request;
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

    @Test
    void the_context_of_an_answered_call_tells_of_no_redirect() throws Exception {
        guard.answerAtOnce(Answers.STALE);
        HttpClientContext context = HttpClientContext.create();
        try (CloseableHttpClient client = HttpClients.createDefault()) {
            client.execute(new HttpGet(server.uri("/guarded/hello")), context).close();
            assertThat(context.getRedirectLocations().getAll()).isEmpty();
        }
    }
}
