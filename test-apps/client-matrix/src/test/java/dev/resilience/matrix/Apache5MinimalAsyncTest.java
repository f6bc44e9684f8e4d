package dev.resilience.matrix;

import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.http2.config.H2Config;
import org.apache.hc.core5.reactor.IOReactorConfig;

class Apache5MinimalAsyncTest extends Apache5AsyncTest {

    @Override
    CloseableHttpAsyncClient client() {
        return HttpAsyncClients.createMinimal(
                HttpVersionPolicy.FORCE_HTTP_1,
                H2Config.DEFAULT,
                Http1Config.DEFAULT,
                IOReactorConfig.DEFAULT,
                pool(oldest() ? 100 : POOLED));
    }

    @Override
    boolean followsRedirects() {
        return false;
    }
}
