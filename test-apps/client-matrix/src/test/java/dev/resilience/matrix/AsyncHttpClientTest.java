package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.asynchttpclient.AsyncCompletionHandlerBase;
import org.asynchttpclient.AsyncHttpClient;
import org.asynchttpclient.Dsl;
import org.asynchttpclient.HttpResponseBodyPart;
import org.asynchttpclient.ListenableFuture;
import org.asynchttpclient.RequestBuilder;
import org.asynchttpclient.Response;
import org.asynchttpclient.handler.TransferCompletionHandler;
import org.asynchttpclient.handler.TransferListener;
import org.junit.jupiter.api.Test;

class AsyncHttpClientTest extends AsyncHttpClientConformance implements AutoCloseable {

    private final AsyncHttpClient client = client(30_000);
    private final AsyncHttpClient user = client(30_000);
    private final AsyncHttpClient impatient = client((int) READ_TIMEOUT.toMillis());

    /** The types of its settings differ between versions; properties are read by all. */
    private static AsyncHttpClient client(int timeoutMillis) {
        var config = Dsl.config().setMaxRequestRetry(0).setFollowRedirect(true).setCompressionEnforced(true);
        try {
            for (String name : new String[] {"setRequestTimeout", "setReadTimeout"}) {
                for (var setter : config.getClass().getMethods()) {
                    if (setter.getName().equals(name)) {
                        boolean number = setter.getParameterTypes()[0] == int.class;
                        setter.invoke(config, number ? timeoutMillis : java.time.Duration.ofMillis(timeoutMillis));
                    }
                }
            }
        } catch (ReflectiveOperationException failure) {
            throw new AssertionError(failure);
        }
        return Dsl.asyncHttpClient(config);
    }

    @Override
    Started start(Outgoing outgoing) {
        RequestBuilder request =
                new RequestBuilder(outgoing.method()).setUrl(outgoing.uri().toString());
        outgoing.headers().forEach(request::setHeader);
        if (outgoing.body() != null) {
            request.setBody(outgoing.body());
        }
        AsyncHttpClient used = outgoing.uri().getPath().contains("silent") ? impatient : client;
        ListenableFuture<Response> future = used.executeRequest(request.build());
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        future.toCompletableFuture().whenComplete((response, failure) -> {
            if (failure == null) {
                reply.complete(reply(response));
            } else {
                reply.completeExceptionally(failure);
            }
        });
        return new Started(reply, () -> future.cancel(true));
    }

    @Override
    boolean pieces(Outgoing outgoing, Consumer<byte[]> to) throws Exception {
        client.prepareGet(outgoing.uri().toString())
                .execute(new AsyncCompletionHandlerBase() {
                    @Override
                    public State onBodyPartReceived(HttpResponseBodyPart part) {
                        to.accept(part.getBodyPartBytes());
                        return State.CONTINUE;
                    }
                })
                .get(30, TimeUnit.SECONDS);
        return true;
    }

    @Override
    Reply asUser(Outgoing outgoing) throws Exception {
        return reply(user.prepareGet(outgoing.uri().toString())
                .setRealm(Dsl.basicAuthRealm(TestServer.USER, TestServer.PASSWORD)
                        .setUsePreemptiveAuth(false)
                        .build())
                .execute()
                .get(30, TimeUnit.SECONDS));
    }

    private static Reply reply(Response response) {
        Reply.Builder reply = new Reply.Builder();
        response.getHeaders().forEach(header -> reply.header(header.getKey(), header.getValue()));
        return reply.build(response.getStatusCode(), response.getResponseBodyAsBytes());
    }

    @Test
    void progress_is_told_to_handlers_that_ask_for_it() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        TransferCompletionHandler handler = new TransferCompletionHandler();
        handler.addTransferListener(new TransferListener() {
            @Override
            public void onRequestHeadersSent(HttpHeaders headers) {
                told.add("request " + headers.get("X-Mine"));
            }

            @Override
            public void onResponseHeadersReceived(HttpHeaders headers) {
                told.add("response " + headers.get("X-Server"));
            }

            @Override
            public void onBytesReceived(byte[] bytes) {
                // As many times as pieces come.
            }

            @Override
            public void onBytesSent(long amount, long current, long total) {
                // As many times as pieces go.
            }

            @Override
            public void onRequestResponseCompleted() {
                told.add("completed");
            }

            @Override
            public void onThrowable(Throwable failure) {
                told.add(failure.toString());
            }
        });
        client.preparePost(server.uri("/guarded/echo").toString())
                .setHeader("X-Mine", "42")
                .setBody(new byte[1000])
                .execute(handler)
                .get(20, TimeUnit.SECONDS);
        // That the request was sent is told when its write is known of, which may be after the answer.
        eventually(() -> assertThat(told).containsExactlyInAnyOrder("request 42", "response test", "completed"));
    }

    @Test
    void a_handler_is_told_once_that_its_call_was_cancelled() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicInteger told = new AtomicInteger();
        ListenableFuture<Response> future = client.prepareGet(
                        server.rawUri("/guarded/silent-body").toString())
                .execute(new AsyncCompletionHandlerBase() {
                    @Override
                    public State onBodyPartReceived(HttpResponseBodyPart part) {
                        begun.countDown();
                        return State.CONTINUE;
                    }

                    @Override
                    public void onThrowable(Throwable failure) {
                        told.incrementAndGet();
                    }
                });
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(future.cancel(true)).isTrue();
        assertThat(future.cancel(true)).isFalse();
        assertThat(told).hasValue(1);
    }

    @Override
    public void close() throws Exception {
        client.close();
        impatient.close();
        user.close();
    }
}
