package dev.resilience.matrix;

import static dev.resilience.matrix.Answers.STALE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.resilience.CircuitBreakerOpenException;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.apache.hc.client5.http.async.methods.SimpleHttpRequest;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.awaitility.Awaitility;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.ProtocolNegotiation;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;

/** The clients that speak HTTP/2, over TLS as they negotiate it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class Http2Test {

    private static SecureHttp2Server server;
    private ScriptedGuard guard;

    @BeforeAll
    static void openServer(@TempDir Path directory) throws Exception {
        server = new SecureHttp2Server(directory);
        for (Client client : Client.values()) {
            client.open();
        }
    }

    @AfterAll
    static void closeServer() throws Exception {
        server.close();
    }

    @BeforeEach
    void open() {
        server.hits.set(0);
        guard = new ScriptedGuard();
        SwitchableGuard.use(guard);
    }

    @AfterEach
    void close() {
        SwitchableGuard.use(null);
    }

    @ParameterizedTest
    @EnumSource
    void calls_are_guarded_as_over_any_version(Client client) throws Exception {
        Reply good = client.get("/guarded/hello");
        assertThat(good.text()).isEqualTo("Hello");
        assertThat(good.header("x-version")).containsExactly("HTTP_2");
        settled("answered 200");
        guard.calls.clear();
        assertThat(client.get("/guarded/503").status()).isEqualTo(503);
        settled("answered 503");
        guard.calls.clear();
        guard.instead = STALE;
        assertThat(client.get("/guarded/503").header("Age")).containsExactly("7");
        settled("answered 503");
    }

    @ParameterizedTest
    @EnumSource
    void rejections_and_answers_reach_no_server(Client client) throws Exception {
        guard.answerAtOnce(STALE);
        assertThat(client.get("/guarded/hello").header("Age")).containsExactly("7");
        guard.reject();
        assertThatThrownBy(() -> client.get("/guarded/hello"))
                .satisfies(thrown -> assertThat(causes(thrown)).contains(CircuitBreakerOpenException.class.getName()));
        assertThat(server.hits.get()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void a_stream_that_is_reset_before_its_head_is_a_failure(Client client) throws Exception {
        assertThatThrownBy(() -> client.get("/guarded/reset")).isNotNull();
        broken();
        guard.calls.clear();
        guard.instead = STALE;
        assertThat(client.get("/guarded/reset").header("Age")).containsExactly("7");
        broken();
    }

    @ParameterizedTest
    @EnumSource
    void a_stream_that_is_reset_in_its_body_is_a_failure(Client client) {
        Throwable free = catchThrowable(() -> client.get("/free/reset-body"));
        Assumptions.assumeTrue(free != null, "this client takes a stream that is reset for one that ended");
        assertThatThrownBy(() -> client.get("/guarded/reset-body")).isNotNull();
        broken();
    }

    @ParameterizedTest
    @EnumSource
    void a_call_that_is_given_up_is_none(Client client) throws Exception {
        Runnable cancel = client.start("/guarded/hold").cancel();
        eventually(() -> assertThat(server.hits.get()).isEqualTo(1));
        cancel.run();
        settled("cancelled");
    }

    @ParameterizedTest
    @EnumSource
    void a_connection_that_goes_away_fails_no_call(Client client) throws Exception {
        for (int i = 0; i < 3; i++) {
            guard.calls.clear();
            try {
                assertThat(client.get("/guarded/go-away").text()).isEqualTo("bye");
                settled("answered 200");
            } catch (ExecutionException raced) {
                // The JDK's client fails a call that is on its way when it hears of the end, with the agent or without.
                // That may be before its head or after.
                assertThat(raced)
                        .hasRootCauseMessage(raced.getCause().getMessage())
                        .hasMessageContaining("GOAWAY");
                failedOrBroken();
            }
        }
    }

    private void broken() {
        failedOrBroken();
        assertThat(guard.onlyCall().failure).isInstanceOfAny(IOException.class, TimeoutException.class);
    }

    private void failedOrBroken() {
        eventually(() -> assertThat(guard.onlyCall().outcome()).isIn("failed", "broken"));
    }

    private void settled(String outcome) {
        eventually(() -> assertThat(guard.onlyCall().outcome()).isEqualTo(outcome));
    }

    private static void eventually(org.awaitility.core.ThrowingRunnable assertion) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(assertion);
    }

    private static String causes(Throwable thrown) {
        StringBuilder all = new StringBuilder();
        for (Throwable next = thrown; next != null; next = next.getCause()) {
            all.append(next.getClass().getName()).append('\n');
        }
        return all.toString();
    }

    /** A client, and how an application calls it. */
    private enum Client {
        JETTY {
            private org.eclipse.jetty.client.HttpClient client;

            @Override
            void open() throws Exception {
                SslContextFactory.Client tls = new SslContextFactory.Client();
                tls.setSslContext(server.tls());
                ClientConnector connector = new ClientConnector();
                connector.setSslContextFactory(tls);
                client = new org.eclipse.jetty.client.HttpClient(
                        new HttpClientTransportOverHTTP2(new HTTP2Client(connector)));
                client.start();
            }

            @Override
            AsyncHttpClientConformance.Started start(URI uri) {
                org.eclipse.jetty.client.Request request = client.newRequest(uri);
                CompletableFuture<Reply> reply =
                        new CompletableResponseListener(request).send().thenApply(Jetty12AsyncTest::reply);
                return new AsyncHttpClientConformance.Started(
                        reply, () -> request.abort(new CancellationException("no longer wanted")));
            }
        },

        AWS_NETTY {
            private SdkAsyncHttpClient client;

            @Override
            void open() {
                client = NettyNioAsyncHttpClient.builder()
                        .protocol(Protocol.HTTP2)
                        .protocolNegotiation(ProtocolNegotiation.ALPN)
                        .tlsTrustManagersProvider(() -> server.trust().getTrustManagers())
                        .build();
            }

            @Override
            AsyncHttpClientConformance.Started start(URI uri) {
                return AwsSdkTest.start(client, Outgoing.get(uri), new CompletableFuture<>());
            }
        },

        JAVA {
            private HttpClient client;

            @Override
            void open() throws Exception {
                client = HttpClient.newBuilder().sslContext(server.tls()).build();
            }

            @Override
            AsyncHttpClientConformance.Started start(URI uri) {
                var future = client.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofByteArray());
                return new AsyncHttpClientConformance.Started(
                        future.thenApply(JavaHttpSendTest::reply), () -> future.cancel(true));
            }
        },

        OKHTTP {
            private OkHttpClient client;

            @Override
            void open() throws Exception {
                client = new OkHttpClient.Builder()
                        .sslSocketFactory(server.tls().getSocketFactory(), server.trustManager())
                        .build();
            }

            @Override
            AsyncHttpClientConformance.Started start(URI uri) {
                CompletableFuture<Reply> reply = new CompletableFuture<>();
                Call call = client.newCall(
                        new okhttp3.Request.Builder().url(uri.toString()).build());
                call.enqueue(new Callback() {
                    @Override
                    public void onFailure(Call failed, IOException failure) {
                        reply.completeExceptionally(failure);
                    }

                    @Override
                    public void onResponse(Call answered, Response response) {
                        try {
                            reply.complete(OkHttpExecuteTest.reply(response));
                        } catch (IOException broken) {
                            reply.completeExceptionally(broken);
                        }
                    }
                });
                return new AsyncHttpClientConformance.Started(reply, call::cancel);
            }
        },

        APACHE_5 {
            private CloseableHttpAsyncClient client;

            @Override
            void open() throws Exception {
                client = HttpAsyncClients.custom()
                        .setConnectionManager(PoolingAsyncClientConnectionManagerBuilder.create()
                                .setTlsStrategy(ClientTlsStrategyBuilder.create()
                                        .setSslContext(server.tls())
                                        .build())
                                .build())
                        .disableAutomaticRetries()
                        .build();
                client.start();
            }

            @Override
            AsyncHttpClientConformance.Started start(URI uri) {
                CompletableFuture<Reply> reply = new CompletableFuture<>();
                var future = client.execute(new SimpleHttpRequest("GET", uri), new FutureCallback<>() {
                    @Override
                    public void completed(SimpleHttpResponse response) {
                        reply.complete(Apache5AsyncTest.reply(response));
                    }

                    @Override
                    public void failed(Exception failure) {
                        reply.completeExceptionally(failure);
                    }

                    @Override
                    public void cancelled() {
                        reply.cancel(true);
                    }
                });
                return new AsyncHttpClientConformance.Started(reply, () -> future.cancel(true));
            }
        },

        VERTX {
            private io.vertx.core.http.HttpClient client;

            @Override
            void open() {
                client = VertxClients.VERTX.createHttpClient(new HttpClientOptions()
                        .setSsl(true)
                        .setUseAlpn(true)
                        .setProtocolVersion(HttpVersion.HTTP_2)
                        .setTrustAll(true)
                        .setVerifyHost(false));
            }

            @Override
            AsyncHttpClientConformance.Started start(URI uri) {
                CompletableFuture<io.vertx.core.http.HttpClientRequest> running = new CompletableFuture<>();
                io.vertx.core.Promise<Reply> reply = io.vertx.core.Promise.promise();
                VertxClients.VERTX.runOnContext(now -> client.request(
                                new RequestOptions().setAbsoluteURI(uri.toString()))
                        .compose(request -> {
                            running.complete(request);
                            return request.send();
                        })
                        .compose(response -> response.body()
                                .map(body -> VertxClients.reply(
                                        response.statusCode(), null, response.headers(), body.getBytes())))
                        .onComplete(outcome -> {
                            if (outcome.succeeded()) {
                                reply.tryComplete(outcome.result());
                            } else {
                                reply.tryFail(outcome.cause());
                            }
                        }));
                return new AsyncHttpClientConformance.Started(
                        VertxClients.future(reply.future()),
                        () -> running.join().reset());
            }
        },

        REACTOR_NETTY {
            private reactor.netty.http.client.HttpClient client;

            @Override
            void open() {
                client = reactor.netty.http.client.HttpClient.create()
                        .protocol(HttpProtocol.H2)
                        .secure(tls -> tls.sslContext(Http2SslContextSpec.forClient()
                                .configure(builder -> builder.trustManager(server.trust()))));
            }

            @Override
            AsyncHttpClientConformance.Started start(URI uri) {
                CompletableFuture<Reply> future = client.get()
                        .uri(uri.toString())
                        .responseSingle((response, body) -> body.asByteArray()
                                .defaultIfEmpty(new byte[0])
                                .flatMap(bytes -> Mono.just(ReactorNettyConformance.reply(response, bytes))))
                        .toFuture();
                return new AsyncHttpClientConformance.Started(future, () -> future.cancel(true));
            }
        };

        abstract void open() throws Exception;

        abstract AsyncHttpClientConformance.Started start(URI uri);

        AsyncHttpClientConformance.Started start(String path) {
            return start(server.uri(path));
        }

        Reply get(String path) throws Exception {
            return start(path).reply().get(30, TimeUnit.SECONDS);
        }
    }
}
