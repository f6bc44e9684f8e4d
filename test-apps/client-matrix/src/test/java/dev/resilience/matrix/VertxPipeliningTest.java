package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Connections that are sent further requests before they have answered the first. */
class VertxPipeliningTest extends VertxHttpClientTest {

    @Override
    boolean sharesConnections() {
        return true;
    }

    @Override
    HttpClient client() {
        return VertxClients.client(pipelining(POOLED));
    }

    private static HttpClientOptions pipelining(int connections) {
        return VertxClients.options(connections)
                .setKeepAlive(true)
                .setPipelining(true)
                .setPipeliningLimit(8);
    }

    @Test
    void a_deadline_met_behind_a_slow_upload_leaves_their_turn_to_those_behind_it() throws Exception {
        HttpClient single = VertxClients.client(pipelining(1), 1);
        RequestOptions upload = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(server.uri("/free/echo").toString());
        HttpClientRequest slow = VertxClients.future(single.request(upload)).get(20, TimeUnit.SECONDS);
        slow.setChunked(true).write("slow");

        guard.deadlineMillis = 300;
        CompletableFuture<HttpClientResponse> late = got(single, "/guarded/hello");
        CompletableFuture<HttpClientResponse> behind = got(single, "/free/hello");
        assertThat(catchThrowable(() -> late.get(20, TimeUnit.SECONDS))).hasCauseInstanceOf(TimeoutException.class);
        slow.end();

        assertThat(behind.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(got(single, "/free/hello").get(20, TimeUnit.SECONDS).statusCode())
                .isEqualTo(200);
        single.close();
    }

    private CompletableFuture<HttpClientResponse> got(HttpClient client, String path) {
        return VertxClients.future(client.request(
                        new RequestOptions().setAbsoluteURI(server.uri(path).toString()))
                .compose(HttpClientRequest::send));
    }
}
