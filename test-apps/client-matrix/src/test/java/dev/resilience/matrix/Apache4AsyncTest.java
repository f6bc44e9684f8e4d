package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.resilience.CircuitBreakerOpenException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.http.Header;
import org.apache.http.HttpEntity;
import org.apache.http.HttpHost;
import org.apache.http.HttpRequest;
import org.apache.http.HttpResponse;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.client.methods.HttpEntityEnclosingRequestBase;
import org.apache.http.client.methods.HttpPut;
import org.apache.http.client.methods.HttpUriRequest;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.concurrent.FutureCallback;
import org.apache.http.entity.ByteArrayEntity;
import org.apache.http.entity.InputStreamEntity;
import org.apache.http.impl.nio.client.CloseableHttpAsyncClient;
import org.apache.http.impl.nio.client.CloseableHttpPipeliningClient;
import org.apache.http.impl.nio.client.HttpAsyncClients;
import org.apache.http.impl.nio.conn.PoolingNHttpClientConnectionManager;
import org.apache.http.impl.nio.reactor.DefaultConnectingIOReactor;
import org.apache.http.nio.IOControl;
import org.apache.http.nio.client.methods.AsyncByteConsumer;
import org.apache.http.nio.client.methods.HttpAsyncMethods;
import org.apache.http.nio.protocol.HttpAsyncRequestProducer;
import org.apache.http.nio.reactor.IOReactorException;
import org.apache.http.protocol.HttpContext;
import org.apache.http.util.EntityUtils;
import org.junit.jupiter.api.Test;

class Apache4AsyncTest extends AsyncHttpClientConformance implements AutoCloseable {

    private final CloseableHttpAsyncClient client = client();

    private final CloseableHttpAsyncClient user = HttpAsyncClients.custom()
            .setDefaultCredentialsProvider(Apache4Test.credentials())
            .build();

    Apache4AsyncTest() {
        client.start();
        user.start();
    }

    CloseableHttpAsyncClient client() {
        return HttpAsyncClients.custom().setConnectionManager(pool()).build();
    }

    static PoolingNHttpClientConnectionManager pool() {
        try {
            PoolingNHttpClientConnectionManager pool =
                    new PoolingNHttpClientConnectionManager(new DefaultConnectingIOReactor());
            pool.setDefaultMaxPerRoute(POOLED);
            pool.setMaxTotal(4 * POOLED);
            return pool;
        } catch (IOReactorException failure) {
            throw new AssertionError(failure);
        }
    }

    @Override
    boolean tracesRedirects() {
        return false;
    }

    @Override
    String callbackThreads() {
        return "I/O dispatcher .*|pool-.*|ForkJoinPool.commonPool-worker-.*|call-goes-on";
    }

    @Override
    boolean tellsInside() {
        return true;
    }

    @Override
    Started start(Outgoing outgoing) {
        return started(request(outgoing));
    }

    @Override
    Started startOnce(URI to, Once body) {
        HttpPut put = new HttpPut(to);
        put.setEntity(new InputStreamEntity(body.stream()));
        return started(put);
    }

    private Started started(HttpUriRequest request) {
        Told reply = new Told();
        HttpClientContext context = HttpClientContext.create();
        Future<HttpResponse> future = client.execute(request, context, new FutureCallback<>() {
            @Override
            public void completed(HttpResponse response) {
                try {
                    reply.complete(reply(response).from(Apache4Test.led(context, request.getURI())));
                } catch (IOException failure) {
                    reply.completeExceptionally(failure);
                }
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
        return new Started(reply, () -> future.cancel(true));
    }

    @Override
    boolean pieces(Outgoing outgoing, Consumer<byte[]> to) throws Exception {
        HttpAsyncRequestProducer producer = HttpAsyncMethods.create(request(outgoing));
        AsyncByteConsumer<Void> consumer = new AsyncByteConsumer<>() {
            @Override
            protected void onResponseReceived(HttpResponse response) {}

            @Override
            protected void onByteReceived(ByteBuffer piece, IOControl control) {
                to.accept(taken(piece));
            }

            @Override
            protected Void buildResult(HttpContext context) {
                return null;
            }
        };
        client.execute(producer, consumer, null).get(30, TimeUnit.SECONDS);
        return true;
    }

    @Override
    Reply asUser(Outgoing outgoing) throws Exception {
        return reply(user.execute(request(outgoing), null).get(30, TimeUnit.SECONDS));
    }

    /** Goes by itself to the calls that one connection is sent without waiting for its answers. */
    @Test
    void pipelined_calls_are_guarded_one_by_one() throws Exception {
        try (CloseableHttpPipeliningClient pipelining = HttpAsyncClients.createPipelining(pool())) {
            pipelining.start();
            HttpHost host = new HttpHost("127.0.0.1", server.uri("").getPort());
            assertThat(reply(pipelining
                                    .execute(request(Outgoing.get(server.uri("/guarded/hello"))), null)
                                    .get(30, TimeUnit.SECONDS))
                            .text())
                    .isEqualTo("Hello");
            settled("answered 200");
            List<HttpRequest> several = List.of(
                    request(Outgoing.get(server.uri("/guarded/hello"))),
                    request(Outgoing.get(server.uri("/guarded/status/404"))));
            List<HttpResponse> responses =
                    pipelining.execute(host, several, null).get(30, TimeUnit.SECONDS);
            assertThat(responses)
                    .extracting(response -> response.getStatusLine().getStatusCode())
                    .containsExactly(200, 404);
        }
    }

    private static HttpUriRequest request(Outgoing outgoing) {
        HttpEntityEnclosingRequestBase request = new HttpEntityEnclosingRequestBase() {
            @Override
            public String getMethod() {
                return outgoing.method();
            }
        };
        request.setURI(outgoing.uri());
        outgoing.headers().forEach(request::addHeader);
        if (outgoing.body() != null) {
            request.setEntity(new ByteArrayEntity(outgoing.body()));
        }
        boolean silent = outgoing.uri().getPath().contains("silent");
        request.setConfig(RequestConfig.custom()
                .setSocketTimeout(silent ? (int) READ_TIMEOUT.toMillis() : 30_000)
                .setConnectionRequestTimeout(20_000)
                .build());
        return request;
    }

    private static Reply reply(HttpResponse response) throws IOException {
        Reply.Builder reply = new Reply.Builder();
        for (Header header : response.getAllHeaders()) {
            reply.header(header.getName(), header.getValue());
        }
        HttpEntity entity = response.getEntity();
        reply.seen("line", response.getStatusLine());
        return reply.build(
                response.getStatusLine().getStatusCode(), entity == null ? null : EntityUtils.toByteArray(entity));
    }

    /** Counts what the client does with it. */
    private static final class CountingProducer implements HttpAsyncRequestProducer {

        private final HttpAsyncRequestProducer producer;
        final AtomicInteger asked = new AtomicInteger();
        final AtomicInteger failed = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();

        CountingProducer(Outgoing outgoing) {
            producer = HttpAsyncMethods.create(request(outgoing));
        }

        @Override
        public HttpHost getTarget() {
            return producer.getTarget();
        }

        @Override
        public HttpRequest generateRequest() throws IOException, org.apache.http.HttpException {
            asked.incrementAndGet();
            return producer.generateRequest();
        }

        @Override
        public void produceContent(org.apache.http.nio.ContentEncoder encoder, IOControl control) throws IOException {
            producer.produceContent(encoder, control);
        }

        @Override
        public void requestCompleted(HttpContext context) {
            producer.requestCompleted(context);
        }

        @Override
        public void failed(Exception failure) {
            failed.incrementAndGet();
        }

        @Override
        public boolean isRepeatable() {
            return producer.isRepeatable();
        }

        @Override
        public void resetRequest() throws IOException {
            producer.resetRequest();
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    /** Reads pieces, and pauses between them until another thread tells it to go on. */
    private static final class PausingConsumer extends AsyncByteConsumer<byte[]> {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final AtomicInteger closed = new AtomicInteger();

        PausingConsumer() {
            super(20_000);
        }

        @Override
        protected void onResponseReceived(HttpResponse response) {}

        @Override
        protected void onByteReceived(ByteBuffer piece, IOControl control) {
            while (piece.hasRemaining()) {
                bytes.write(piece.get());
            }
            control.suspendInput();
            CompletableFuture.runAsync(control::requestInput);
        }

        @Override
        protected byte[] buildResult(HttpContext context) {
            return bytes.toByteArray();
        }

        @Override
        protected void releaseResources() {
            closed.incrementAndGet();
        }
    }

    @Test
    void a_rejection_fails_future_and_callback_and_lets_go_of_producer_and_consumer() throws Exception {
        guard.reject();
        CountingProducer producer = new CountingProducer(Outgoing.get(server.uri("/guarded/hello")));
        PausingConsumer consumer = new PausingConsumer();
        CompletableFuture<Exception> told = new CompletableFuture<>();
        Future<byte[]> future = client.execute(producer, consumer, new FutureCallback<>() {
            @Override
            public void completed(byte[] body) {
                told.completeExceptionally(new AssertionError("completed"));
            }

            @Override
            public void failed(Exception failure) {
                told.complete(failure);
            }

            @Override
            public void cancelled() {
                told.completeExceptionally(new AssertionError("cancelled"));
            }
        });
        isRejection(catchThrowable(() -> future.get(30, TimeUnit.SECONDS)));
        assertThat(told.get(30, TimeUnit.SECONDS)).isInstanceOf(CircuitBreakerOpenException.class);
        assertThat(producer.asked).hasValue(1);
        assertThat(producer.failed).hasValue(1);
        assertThat(producer.closed).hasValue(1);
        assertThat(consumer.closed).hasValue(1);
    }

    @Test
    void a_producer_is_asked_for_its_request_once() throws Exception {
        for (String path : new String[] {"/guarded/hello", "/free/hello"}) {
            CountingProducer producer = new CountingProducer(Outgoing.get(server.uri(path)));
            byte[] body = client.execute(producer, new PausingConsumer(), null).get(30, TimeUnit.SECONDS);
            assertThat(new String(body)).isEqualTo("Hello");
            assertThat(producer.asked).as(path).hasValue(1);
            assertThat(producer.failed).hasValue(0);
            eventually(() -> assertThat(producer.closed).hasValue(1));
        }
        settled("answered 200");
    }

    @Test
    void a_consumer_that_pauses_gets_bodies_and_answers_unchanged() throws Exception {
        guard.instead = Answers.STALE;
        PausingConsumer consumer = new PausingConsumer();
        byte[] body = client.execute(
                        HttpAsyncMethods.create(request(Outgoing.get(server.uri("/guarded/large")))), consumer, null)
                .get(30, TimeUnit.SECONDS);
        assertThat(body).isEqualTo(TestServer.LARGE);
        eventually(() -> assertThat(guard.onlyCall().recorder.end).isEqualTo("complete"));
        assertThat(guard.onlyCall().recorder.bytes()).isEqualTo(TestServer.LARGE);
        guard.answerAtOnce(new dev.resilience.fallback.Answer.Http(
                "respond", 200, java.util.List.of(), java.util.Arrays.copyOf(TestServer.LARGE, 200_000)));
        body = client.execute(
                        HttpAsyncMethods.create(request(Outgoing.get(server.uri("/guarded/hello")))),
                        new PausingConsumer(),
                        null)
                .get(30, TimeUnit.SECONDS);
        assertThat(body).isEqualTo(java.util.Arrays.copyOf(TestServer.LARGE, 200_000));
    }

    @Test
    void an_aborted_request_gives_its_permit_back() throws Exception {
        server.hold = new java.util.concurrent.CountDownLatch(1);
        HttpUriRequest request = request(Outgoing.get(server.uri("/guarded/hold")));
        Future<HttpResponse> future = client.execute(request, null);
        eventually(() -> assertThat(server.hits.get()).isEqualTo(1));
        request.abort();
        eventually(() -> assertThat(future.isCancelled()).isTrue());
        settled("cancelled");
        server.hold.countDown();
    }

    /** Its newest version forgets to fail the futures of calls that fail, so it can not go through all of this suite. */
    @Test
    void the_minimal_client_is_guarded_too() throws Exception {
        try (CloseableHttpAsyncClient minimal = HttpAsyncClients.createMinimal(pool())) {
            minimal.start();
            guard.instead = Answers.STALE;
            HttpResponse good = minimal.execute(request(Outgoing.get(server.uri("/guarded/hello"))), null)
                    .get(30, TimeUnit.SECONDS);
            assertThat(reply(good).text()).isEqualTo("Hello");
            settled("answered 200");
            guard.calls.clear();
            isStale(reply(minimal.execute(request(Outgoing.get(TestServer.refused("/guarded/hello"))), null)
                    .get(30, TimeUnit.SECONDS)));
            settled("failed");
            for (int i = 0; i < 5 * POOLED; i++) {
                isStale(reply(minimal.execute(request(Outgoing.get(server.uri("/guarded/large-failure"))), null)
                        .get(30, TimeUnit.SECONDS)));
            }
            guard.instead = null;
            guard.reject();
            Future<HttpResponse> rejected = minimal.execute(request(Outgoing.get(server.uri("/guarded/hello"))), null);
            isRejection(catchThrowable(() -> rejected.get(30, TimeUnit.SECONDS)));
        }
    }

    @Override
    public void close() throws Exception {
        client.close();
        user.close();
    }
}
