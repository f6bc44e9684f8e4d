package dev.resilience.matrix;

import java.io.IOException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.CloseableHttpResponse;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.util.Timeout;

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

    @Override
    Reply exchange(Outgoing outgoing) throws Exception {
        try (CloseableHttpResponse response = client.execute(request(outgoing))) {
            Reply.Builder reply = new Reply.Builder();
            for (Header header : response.getHeaders()) {
                reply.header(header.getName(), header.getValue());
            }
            byte[] body = response.getEntity() == null ? null : EntityUtils.toByteArray(response.getEntity());
            return reply.build(response.getCode(), body);
        }
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
    boolean unpacks() {
        return true;
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
