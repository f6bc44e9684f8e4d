package dev.resilience.matrix;

import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

class JavaHttpSendAsyncTest extends AsyncHttpClientConformance {

    @Override
    Started start(Outgoing request) {
        CompletableFuture<HttpResponse<byte[]>> future =
                JavaHttpSendTest.CLIENT.sendAsync(JavaHttpSendTest.request(request), BodyHandlers.ofByteArray());
        return new Started(future.thenApply(JavaHttpSendTest::reply), () -> future.cancel(true));
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
}
