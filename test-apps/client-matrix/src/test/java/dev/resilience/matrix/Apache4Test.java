package dev.resilience.matrix;

import java.io.IOException;
import org.apache.http.Header;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpUriRequest;
import org.apache.http.client.methods.RequestBuilder;
import org.apache.http.entity.ByteArrayEntity;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.util.EntityUtils;

class Apache4Test extends HttpClientConformance implements AutoCloseable {

    private final CloseableHttpClient client = HttpClients.custom()
            .setMaxConnPerRoute(POOLED)
            .setMaxConnTotal(4 * POOLED)
            .build();

    @Override
    Reply exchange(Outgoing outgoing) throws Exception {
        try (CloseableHttpResponse response = client.execute(request(outgoing))) {
            return reply(response);
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

    private static Reply reply(CloseableHttpResponse response) throws IOException {
        Reply.Builder reply = new Reply.Builder();
        for (Header header : response.getAllHeaders()) {
            reply.header(header.getName(), header.getValue());
        }
        byte[] body = response.getEntity() == null ? null : EntityUtils.toByteArray(response.getEntity());
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
    boolean unpacks() {
        return true;
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
