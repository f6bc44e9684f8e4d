package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.apache.hc.client5.http.impl.DefaultHttpRequestRetryStrategy;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.core5.util.TimeValue;
import org.apache.http.HttpResponse;
import org.apache.http.client.ServiceUnavailableRetryStrategy;
import org.apache.http.client.methods.HttpGet;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.protocol.HttpContext;
import org.asynchttpclient.AsyncHttpClient;
import org.asynchttpclient.Dsl;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a client repeats by itself, beneath the method that the application called, is one call with its final outcome; what
 * the application repeats, in code of its own around that method or in an interceptor of OkHttp's, is a call each.
 */
@Timeout(60)
class OwnRetriesTest {

    private TestServer server;
    private ScriptedGuard guard;

    @BeforeEach
    void open() throws IOException {
        server = new TestServer();
        server.flaky.set(1);
        guard = new ScriptedGuard();
        SwitchableGuard.use(guard);
    }

    @AfterEach
    void close() {
        SwitchableGuard.use(null);
        server.close();
    }

    @Test
    void those_of_apache_4_are_part_of_the_call() throws Exception {
        ServiceUnavailableRetryStrategy twice = new ServiceUnavailableRetryStrategy() {
            @Override
            public boolean retryRequest(HttpResponse response, int executions, HttpContext context) {
                return response.getStatusLine().getStatusCode() == 503 && executions < 3;
            }

            @Override
            public long getRetryInterval() {
                return 1;
            }
        };
        try (CloseableHttpClient client =
                HttpClients.custom().setServiceUnavailableRetryStrategy(twice).build()) {
            client.execute(new HttpGet(server.uri("/guarded/flaky"))).close();
        }
        countedOnce();
    }

    @Test
    void those_of_apache_5_are_part_of_the_call() throws Exception {
        try (var client = org.apache.hc.client5.http.impl.classic.HttpClients.custom()
                .setRetryStrategy(new DefaultHttpRequestRetryStrategy(2, TimeValue.ofMilliseconds(1)))
                .build()) {
            client.execute(new org.apache.hc.client5.http.classic.methods.HttpGet(server.uri("/guarded/flaky")))
                    .close();
        }
        countedOnce();
    }

    @Test
    void those_of_apache_5_async_are_part_of_the_call() throws Exception {
        try (CloseableHttpAsyncClient client = HttpAsyncClients.custom()
                .setRetryStrategy(new DefaultHttpRequestRetryStrategy(2, TimeValue.ofMilliseconds(1)))
                .build()) {
            client.start();
            client.execute(Apache5AsyncTest.request(Outgoing.get(server.uri("/guarded/flaky"))), null)
                    .get(30, TimeUnit.SECONDS);
        }
        countedOnce();
    }

    @Test
    void those_of_an_interceptor_of_okhttp_are_calls() throws Exception {
        Interceptor twice = chain -> {
            Response response = chain.proceed(chain.request());
            if (response.code() == 503) {
                response.close();
                response = chain.proceed(chain.request());
            }
            return response;
        };
        OkHttpClient client = new OkHttpClient.Builder().addInterceptor(twice).build();
        client.newCall(new okhttp3.Request.Builder()
                        .url(server.uri("/guarded/flaky").toString())
                        .build())
                .execute()
                .close();
        assertThat(guard.calls).extracting(ScriptedGuard.Call::outcome).containsExactly("answered 503", "answered 200");
    }

    @Test
    void those_of_apache_4_after_a_broken_connection_are_part_of_the_call() throws Exception {
        try (CloseableHttpClient client = HttpClients.custom()
                .setRetryHandler((failure, executions, context) -> executions < 3)
                .build()) {
            assertThatThrownBy(() -> client.execute(new HttpGet(server.rawUri("/guarded/reset"))))
                    .isInstanceOf(IOException.class);
        }
        failedOnce();
    }

    @Test
    void those_of_async_http_client_are_part_of_the_call() throws Exception {
        try (AsyncHttpClient client = Dsl.asyncHttpClient(Dsl.config().setMaxRequestRetry(2))) {
            assertThatThrownBy(() -> client.prepareGet(
                                    server.rawUri("/guarded/reset").toString())
                            .execute()
                            .get(30, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(IOException.class);
        }
        settled("failed");
        // Older versions make no other attempt where the server reset the connection.
        assertThat(server.hits.get()).isIn(1, 3);
    }

    /** Every address of a host is tried: that is how OkHttp retries when a connection fails. */
    @Test
    void those_of_okhttp_on_another_address_are_part_of_the_call() throws Exception {
        OkHttpClient client = new OkHttpClient.Builder()
                .dns(host -> List.of(InetAddress.getByName("127.0.0.2"), InetAddress.getByName("127.0.0.1")))
                .build();
        okhttp3.Request request = new okhttp3.Request.Builder()
                .url("http://two.invalid:" + server.uri("").getPort() + "/guarded/hello")
                .build();
        client.newCall(request).execute().close();
        settled("answered 200");
        guard.calls.clear();
        OkHttpClient once = client.newBuilder()
                .retryOnConnectionFailure(false)
                .connectionPool(new ConnectionPool())
                .build();
        // Newer versions race the addresses even so.
        boolean raced = org.assertj.core.api.Assertions.catchThrowable(
                        () -> once.newCall(request).execute().close())
                == null;
        settled(raced ? "answered 200" : "failed");
    }

    private void failedOnce() {
        settled("failed");
        assertThat(server.hits.get()).isEqualTo(3);
    }

    private void settled(String outcome) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(guard.onlyCall().outcome()).isEqualTo(outcome));
    }

    private void countedOnce() {
        // A response of Apache 4's that is closed unread says nothing of it.
        Awaitility.await()
                .untilAsserted(() -> assertThat(guard.onlyCall().outcome()).isEqualTo("answered 200"));
        assertThat(server.hits.get()).isEqualTo(2);
    }
}
