package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.internal.http.async.SimpleHttpContentPublisher;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.async.SdkAsyncHttpResponseHandler;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;

/** AWS SDK 2 over Netty, asked as the SDK's services ask it. */
class AwsSdkTest extends AsyncHttpClientConformance implements AutoCloseable {

    private final SdkAsyncHttpClient client = client(Duration.ofSeconds(30));
    private final SdkAsyncHttpClient impatient = client(READ_TIMEOUT);

    private static SdkAsyncHttpClient client(Duration timeout) {
        return NettyNioAsyncHttpClient.builder()
                .maxConcurrency(POOLED)
                .maxPendingConnectionAcquires(1_000)
                .connectionAcquisitionTimeout(Duration.ofSeconds(10))
                .readTimeout(timeout)
                .build();
    }

    /** Makes a reply of what it is told. */
    private static class Listener implements SdkAsyncHttpResponseHandler, Subscriber<ByteBuffer> {

        final CompletableFuture<Reply> reply;
        private final Reply.Builder told = new Reply.Builder();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private SdkHttpResponse head;
        volatile Subscription subscription;

        Listener(CompletableFuture<Reply> reply) {
            this.reply = reply;
        }

        @Override
        public void onHeaders(SdkHttpResponse response) {
            head = response;
            response.headers().forEach((name, values) -> values.forEach(value -> told.header(name, value)));
        }

        @Override
        public void onStream(Publisher<ByteBuffer> stream) {
            stream.subscribe(this);
        }

        @Override
        public void onSubscribe(Subscription given) {
            subscription = given;
            wantMore();
        }

        void wantMore() {
            subscription.request(1);
        }

        @Override
        public void onNext(ByteBuffer piece) {
            body.writeBytes(taken(piece));
            wantMore();
        }

        @Override
        public void onError(Throwable failure) {
            reply.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            reply.complete(told.build(head.statusCode(), body.toByteArray()));
        }
    }

    private static CompletableFuture<Void> execute(
            SdkAsyncHttpClient client, Outgoing outgoing, SdkAsyncHttpResponseHandler handler) {
        byte[] body = outgoing.body() == null ? new byte[0] : outgoing.body();
        SdkHttpFullRequest.Builder request = SdkHttpFullRequest.builder()
                .method(SdkHttpMethod.fromValue(outgoing.method()))
                .uri(outgoing.uri())
                .contentStreamProvider(() -> new ByteArrayInputStream(body));
        outgoing.headers().forEach(request::putHeader);
        if (outgoing.body() != null) {
            request.putHeader("Content-Length", String.valueOf(body.length));
        }
        SdkHttpFullRequest built = request.build();
        return client.execute(AsyncExecuteRequest.builder()
                .request(built)
                .requestContentPublisher(new SimpleHttpContentPublisher(built))
                .responseHandler(handler)
                .build());
    }

    @Override
    String callbackThreads() {
        return "aws-java-sdk-NettyEventLoop-.*";
    }

    @Override
    Started start(Outgoing outgoing) {
        return start(outgoing.uri().getPath().contains("silent") ? impatient : client, outgoing, new Told());
    }

    static Started start(SdkAsyncHttpClient client, Outgoing outgoing, CompletableFuture<Reply> reply) {
        Listener listener = new Listener(reply);
        CompletableFuture<Void> future = execute(client, outgoing, listener);
        return new Started(listener.reply, () -> future.cancel(true));
    }

    @Override
    CompletableFuture<?> startOrTimeOut(Outgoing outgoing, long millis) {
        return execute(client, outgoing, new Listener(new Told())).orTimeout(millis, TimeUnit.MILLISECONDS);
    }

    /** As the SDK ends the attempts of its clients; the exception is none of the language's own. */
    @Test
    void a_call_that_reaches_the_sdks_own_time_limit_has_failed_of_that() {
        server.hold = new CountDownLatch(1);
        guard.onceOnly = true;
        execute(client, Outgoing.get(server.uri("/guarded/hold")), new Listener(new Told()))
                .completeExceptionally(ApiCallAttemptTimeoutException.create(200));
        settled("broken");
        assertThat(guard.onlyCall().failure).isInstanceOf(TimeoutException.class);
        server.hold.countDown();
    }

    @Override
    boolean pieces(Outgoing outgoing, Consumer<byte[]> to) throws Exception {
        Listener listener = new Listener(new CompletableFuture<>()) {
            @Override
            public void onNext(ByteBuffer piece) {
                to.accept(taken(piece));
                wantMore();
            }
        };
        execute(client, outgoing, listener);
        listener.reply.get(50, TimeUnit.SECONDS);
        return true;
    }

    @Override
    AutoCloseable begun(Outgoing outgoing, boolean reads) throws Exception {
        CompletableFuture<Void> first = new CompletableFuture<>();
        Listener listener = new Listener(new CompletableFuture<>()) {
            @Override
            void wantMore() {
                if (reads && !first.isDone()) {
                    subscription.request(1);
                } else {
                    first.complete(null);
                }
            }

            @Override
            public void onNext(ByteBuffer piece) {
                first.complete(null);
            }
        };
        execute(client, outgoing, listener);
        first.get(30, TimeUnit.SECONDS);
        return listener.subscription::cancel;
    }

    /**
     * Over Netty 4.2, which the SDK was not made for, the client itself tells some calls of an unknown host only when its time
     * for a connection is up, and by another exception then.
     */
    @Override
    @Test
    void an_unknown_host_fails_as_without_the_agent() {
        Outgoing request = Outgoing.get(URI.create("http://no-such-host.invalid/guarded"));
        assertThat(catchThrowable(() -> exchange(request))).isInstanceOf(ExecutionException.class);
        settled("failed");
    }

    @Override
    boolean followsRedirects() {
        return false;
    }

    @Override
    public void close() {
        client.close();
        impatient.close();
    }
}
