package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class JavaHttpSendAsyncTest extends AsyncHttpClientConformance {

    @Override
    Started start(Outgoing request) {
        return started(JavaHttpSendTest.request(request));
    }

    @Override
    CompletableFuture<?> startOrTimeOut(Outgoing request, long millis) {
        return JavaHttpSendTest.CLIENT
                .sendAsync(JavaHttpSendTest.request(request), BodyHandlers.ofByteArray())
                .orTimeout(millis, TimeUnit.MILLISECONDS);
    }

    @Override
    Started startOnce(URI to, Once body) {
        return started(HttpRequest.newBuilder(to)
                .PUT(HttpRequest.BodyPublishers.ofInputStream(body::stream))
                .build());
    }

    private Started started(HttpRequest request) {
        CompletableFuture<HttpResponse<byte[]>> future =
                JavaHttpSendTest.CLIENT.sendAsync(request, BodyHandlers.ofByteArray());
        Told told = new Told();
        future.whenComplete((response, failure) -> {
            if (response != null) {
                told.complete(JavaHttpSendTest.reply(response));
            } else {
                told.completeExceptionally(failure instanceof CompletionException ? failure.getCause() : failure);
            }
        });
        return new Started(told, () -> future.cancel(true));
    }

    /** The caller's own where the future was complete before anybody asked. */
    @Override
    boolean tellsInside() {
        return true;
    }

    @Override
    String callbackThreads() {
        return "ForkJoinPool.commonPool-worker-.*|Thread-.*|call-goes-on";
    }

    private final HttpClient user = JavaHttpSendTest.user();

    @Override
    boolean pieces(Outgoing request, Consumer<byte[]> to) throws Exception {
        JavaHttpSendTest.CLIENT
                .sendAsync(
                        JavaHttpSendTest.request(request),
                        BodyHandlers.ofByteArrayConsumer(piece -> piece.ifPresent(to)))
                .get(30, TimeUnit.SECONDS);
        return true;
    }

    @Override
    Reply asUser(Outgoing request) throws Exception {
        return user.sendAsync(JavaHttpSendTest.request(request), BodyHandlers.ofByteArray())
                .thenApply(JavaHttpSendTest::reply)
                .get(30, TimeUnit.SECONDS);
    }

    @Override
    boolean timesOutReading() {
        return false;
    }

    @Override
    boolean settlesAfterTheBody() {
        return true;
    }

    @Test
    void what_descends_from_a_future_is_told_in_the_order_that_the_client_has_for_it() throws Exception {
        assertThat(toldOrder("/guarded/hold")).isEqualTo(toldOrder("/free/hold"));
    }

    private List<String> toldOrder(String path) throws Exception {
        server.hold = new CountDownLatch(1);
        List<String> told = new CopyOnWriteArrayList<>();
        CompletableFuture<HttpResponse<Void>> future = JavaHttpSendTest.CLIENT.sendAsync(
                JavaHttpSendTest.request(Outgoing.get(server.uri(path))), BodyHandlers.discarding());
        List<CompletableFuture<Boolean>> all = Stream.of("first", "second", "third")
                .map(name -> future.thenApply(response -> told.add(name)))
                .toList();
        server.hold.countDown();
        for (CompletableFuture<Boolean> each : all) {
            each.get(30, TimeUnit.SECONDS);
        }
        return told;
    }
}
