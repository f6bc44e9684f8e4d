package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
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

    private void countedOnce() {
        // A response of Apache 4's that is closed unread says nothing of it.
        Awaitility.await()
                .untilAsserted(() -> assertThat(guard.onlyCall().outcome()).isEqualTo("answered 200"));
        assertThat(server.hits.get()).isEqualTo(2);
    }
}
