package dev.resilience.matrix;

import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;

class JavaHttpSendAsyncTest extends AsyncHttpClientConformance {

    @Override
    Started start(Outgoing request) {
        CompletableFuture<HttpResponse<byte[]>> future =
                JavaHttpSendTest.CLIENT.sendAsync(JavaHttpSendTest.request(request), BodyHandlers.ofByteArray());
        return new Started(future.thenApply(JavaHttpSendTest::reply), () -> future.cancel(true));
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
