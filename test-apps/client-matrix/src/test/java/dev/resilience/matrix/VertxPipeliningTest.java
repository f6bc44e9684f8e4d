package dev.resilience.matrix;

import io.vertx.core.http.HttpClient;

/** Connections that are sent further requests before they have answered the first. */
class VertxPipeliningTest extends VertxHttpClientTest {

    @Override
    boolean sharesConnections() {
        return true;
    }

    @Override
    HttpClient client() {
        return VertxClients.client(
                VertxClients.options().setKeepAlive(true).setPipelining(true).setPipeliningLimit(8));
    }
}
