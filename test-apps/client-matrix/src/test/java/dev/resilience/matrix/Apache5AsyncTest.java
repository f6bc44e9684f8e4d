package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.resilience.CircuitBreakerOpenException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.hc.client5.http.async.methods.AbstractBinResponseConsumer;
import org.apache.hc.client5.http.async.methods.SimpleHttpRequest;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.async.methods.SimpleRequestProducer;
import org.apache.hc.client5.http.async.methods.SimpleResponseConsumer;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManager;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.AsyncEntityProducer;
import org.apache.hc.core5.http.nio.AsyncRequestProducer;
import org.apache.hc.core5.http.nio.RequestChannel;
import org.apache.hc.core5.http.nio.StreamChannel;
import org.apache.hc.core5.http.nio.entity.AbstractBinAsyncEntityProducer;
import org.apache.hc.core5.http.nio.support.BasicRequestProducer;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.Timeout;
import org.junit.jupiter.api.Test;

class Apache5AsyncTest extends AsyncHttpClientConformance implements AutoCloseable {

    private final CloseableHttpAsyncClient client = client();

    private final CloseableHttpAsyncClient user = HttpAsyncClients.custom()
            .setDefaultCredentialsProvider(Apache5Test.credentials())
            .build();

    Apache5AsyncTest() {
        client.start();
        user.start();
    }

    CloseableHttpAsyncClient client() {
        return HttpAsyncClients.custom()
                .setConnectionManager(pool(POOLED))
                .disableAutomaticRetries()
                .build();
    }

    static PoolingAsyncClientConnectionManager pool(int perRoute) {
        return PoolingAsyncClientConnectionManagerBuilder.create()
                .setMaxConnPerRoute(perRoute)
                .setMaxConnTotal(4 * perRoute)
                .build();
    }

    @Override
    boolean forgetsWaiting() {
        return !oldest();
    }

    /** Of some versions of the client itself, connections are lost by what could not be made or was given up. */
    static boolean oldest() {
        return CloseableHttpAsyncClient.class
                .getPackage()
                .getImplementationVersion()
                .equals("5.0");
    }

    @Override
    String callbackThreads() {
        return "httpclient-dispatch-.*|httpclient-main-.*|ForkJoinPool.commonPool-worker-.*|call-goes-on";
    }

    @Override
    boolean tellsInside() {
        return true;
    }

    @Override
    Started start(Outgoing outgoing) {
        return started(outgoing.uri(), SimpleRequestProducer.create(request(outgoing)), config(outgoing));
    }

    @Override
    Started startOnce(URI to, Once body) {
        AsyncEntityProducer once = new AbstractBinAsyncEntityProducer(0, ContentType.APPLICATION_OCTET_STREAM) {
            private ByteBuffer rest;

            @Override
            protected int availableData() {
                return Integer.MAX_VALUE;
            }

            @Override
            protected void produceData(StreamChannel<ByteBuffer> channel) throws IOException {
                if (rest == null) {
                    rest = ByteBuffer.wrap(body.bytes());
                }
                channel.write(rest);
                if (!rest.hasRemaining()) {
                    channel.endStream();
                }
            }

            @Override
            public boolean isRepeatable() {
                return false;
            }

            @Override
            public void failed(Exception cause) {
                // Nothing is held.
            }
        };
        Outgoing put = Outgoing.get(to);
        return started(to, new BasicRequestProducer(new BasicHttpRequest("PUT", to), once), config(put));
    }

    private Started started(URI asked, AsyncRequestProducer producer, RequestConfig config) {
        Told reply = new Told();
        HttpClientContext context = HttpClientContext.create();
        context.setRequestConfig(config);
        Future<SimpleHttpResponse> future =
                client.execute(producer, SimpleResponseConsumer.create(), context, new FutureCallback<>() {
                    @Override
                    public void completed(SimpleHttpResponse response) {
                        reply.complete(reply(response).from(Apache5Test.led(context, asked)));
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
        AbstractBinResponseConsumer<Void> consumer = new AbstractBinResponseConsumer<>() {
            @Override
            protected void start(HttpResponse response, ContentType type) {}

            @Override
            protected int capacityIncrement() {
                return 100_000;
            }

            @Override
            protected void data(ByteBuffer piece, boolean last) {
                to.accept(taken(piece));
            }

            @Override
            protected Void buildResult() {
                return null;
            }

            @Override
            public void releaseResources() {}
        };
        client.execute(SimpleRequestProducer.create(request(outgoing)), consumer, null)
                .get(30, TimeUnit.SECONDS);
        return true;
    }

    @Override
    Reply asUser(Outgoing outgoing) throws Exception {
        return reply(user.execute(request(outgoing), null).get(30, TimeUnit.SECONDS));
    }

    static SimpleHttpRequest request(Outgoing outgoing) {
        SimpleHttpRequest request = new SimpleHttpRequest(outgoing.method(), outgoing.uri());
        outgoing.headers().forEach(request::addHeader);
        if (outgoing.body() != null) {
            request.setBody(outgoing.body(), ContentType.APPLICATION_OCTET_STREAM);
        }
        return request;
    }

    static RequestConfig config(Outgoing outgoing) {
        boolean silent = outgoing.uri().getPath().contains("silent");
        return RequestConfig.custom()
                .setResponseTimeout(Timeout.ofMilliseconds(silent ? READ_TIMEOUT.toMillis() : 30_000))
                .setConnectionRequestTimeout(Timeout.ofSeconds(20))
                .build();
    }

    static Reply reply(SimpleHttpResponse response) {
        Reply.Builder reply = new Reply.Builder();
        for (Header header : response.getHeaders()) {
            reply.header(header.getName(), header.getValue());
        }
        reply.seen("reason", response.getReasonPhrase())
                .seen("version", response.getVersion())
                .seen("type", response.getContentType());
        return reply.build(response.getCode(), response.getBodyBytes());
    }

    /** Counts what the client does with it. */
    private static final class CountingProducer extends BasicRequestProducer {

        final AtomicInteger asked = new AtomicInteger();
        final AtomicInteger failed = new AtomicInteger();
        final AtomicInteger released = new AtomicInteger();

        CountingProducer(URI uri) {
            super("GET", uri);
        }

        @Override
        public void sendRequest(RequestChannel channel, HttpContext context) throws HttpException, IOException {
            asked.incrementAndGet();
            super.sendRequest(channel, context);
        }

        @Override
        public void failed(Exception cause) {
            failed.incrementAndGet();
        }

        @Override
        public void releaseResources() {
            released.incrementAndGet();
        }
    }

    /** Reads as slowly as it likes: is given no more than it asks for. */
    private static final class SlowConsumer extends AbstractBinResponseConsumer<byte[]> {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final AtomicInteger pieces = new AtomicInteger();
        final CountDownLatch released = new CountDownLatch(1);

        @Override
        protected void start(HttpResponse response, ContentType type) {}

        @Override
        protected int capacityIncrement() {
            return 1_000;
        }

        @Override
        protected void data(ByteBuffer piece, boolean last) {
            pieces.incrementAndGet();
            while (piece.hasRemaining()) {
                bytes.write(piece.get());
            }
        }

        @Override
        protected byte[] buildResult() {
            return bytes.toByteArray();
        }

        @Override
        public void releaseResources() {
            released.countDown();
        }
    }

    @Test
    void a_rejection_fails_future_and_callback_and_lets_go_of_producer_and_consumer() throws Exception {
        guard.reject();
        CountingProducer producer = new CountingProducer(server.uri("/guarded/hello"));
        SlowConsumer consumer = new SlowConsumer();
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
        assertThat(producer.released.get()).isPositive();
        assertThat(consumer.released.getCount()).isZero();
    }

    @Test
    void a_producer_is_asked_for_its_request_once() throws Exception {
        for (String path : new String[] {"/guarded/hello", "/free/hello"}) {
            CountingProducer producer = new CountingProducer(server.uri(path));
            byte[] body = client.execute(producer, new SlowConsumer(), null).get(30, TimeUnit.SECONDS);
            assertThat(new String(body, StandardCharsets.UTF_8)).isEqualTo("Hello");
            assertThat(producer.asked).as(path).hasValue(1);
            assertThat(producer.failed).hasValue(0);
        }
        settled("answered 200");
    }

    @Test
    void a_consumer_that_asks_for_little_at_a_time_gets_the_body_unchanged() throws Exception {
        guard.instead = Answers.STALE;
        SlowConsumer consumer = new SlowConsumer();
        byte[] body = client.execute(new CountingProducer(server.uri("/guarded/large")), consumer, null)
                .get(30, TimeUnit.SECONDS);
        assertThat(body).isEqualTo(TestServer.LARGE);
        assertThat(consumer.pieces.get()).isGreaterThan(100);
        eventually(() -> assertThat(guard.onlyCall().recorder.end).isEqualTo("complete"));
        assertThat(guard.onlyCall().recorder.bytes()).isEqualTo(TestServer.LARGE);
        assertThat(consumer.released.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void a_request_object_may_be_on_its_way_many_times_at_once() throws Exception {
        guard.traceparent = "00-11111111111111111111111111111111-2222222222222222-01";
        SimpleHttpRequest request = request(Outgoing.get(server.uri("/guarded/hello")));
        List<Future<SimpleHttpResponse>> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(client.execute(request, null));
        }
        for (Future<SimpleHttpResponse> one : all) {
            assertThat(one.get(30, TimeUnit.SECONDS).getBodyText()).isEqualTo("Hello");
        }
        assertThat(request.containsHeader("traceparent")).isFalse();
        assertThat(server.lastTraceparent).isEqualTo(guard.traceparent);
        assertThat(guard.calls).hasSize(20);
    }

    @Test
    void a_client_that_was_not_started_says_so_as_without_the_agent() throws Exception {
        CloseableHttpAsyncClient idle = client();
        Throwable free = catchThrowable(() -> idle.execute(request(Outgoing.get(server.uri("/free/hello"))), null)
                .get(30, TimeUnit.SECONDS));
        Throwable guarded = catchThrowable(() -> idle.execute(request(Outgoing.get(server.uri("/guarded/hello"))), null)
                .get(30, TimeUnit.SECONDS));
        assertThat(free).isNotNull();
        assertThat(guarded).isNotNull();
        assertThat(guarded.getClass()).isEqualTo(free.getClass());
        eventually(() -> assertThat(guard.onlyCall().settlements).hasSize(1));
    }

    @Override
    public void close() throws Exception {
        client.close();
        user.close();
    }
}
