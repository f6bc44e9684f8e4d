package dev.resilience.matrix;

import org.apache.http.impl.nio.client.CloseableHttpAsyncClient;
import org.apache.http.impl.nio.client.HttpAsyncClients;

class Apache4MinimalAsyncTest extends Apache4AsyncTest {

    @Override
    CloseableHttpAsyncClient client() {
        return HttpAsyncClients.createMinimal(pool());
    }

    @Override
    boolean followsRedirects() {
        return false;
    }
}
