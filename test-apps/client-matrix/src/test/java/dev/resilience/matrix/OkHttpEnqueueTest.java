package dev.resilience.matrix;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.OkHttpClient;
import okhttp3.Response;

class OkHttpEnqueueTest extends HttpClientConformance {

    private final OkHttpClient user = OkHttpExecuteTest.user();

    @Override
    boolean knowsInterim() {
        return OkHttpExecuteTest.isOf4();
    }

    @Override
    Reply exchangeOnce(URI to, Once body) throws Exception {
        return enqueued(OkHttpExecuteTest.CLIENT.newCall(OkHttpExecuteTest.once(to, body)));
    }

    @Override
    Reply exchange(Outgoing request) throws Exception {
        return enqueued(OkHttpExecuteTest.call(request));
    }

    @Override
    Reply asUser(Outgoing request) throws Exception {
        return enqueued(user.newCall(OkHttpExecuteTest.call(request).request()));
    }

    private static Reply enqueued(Call made) throws Exception {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        made.enqueue(new Callback() {
            @Override
            public void onFailure(Call call, IOException failure) {
                reply.completeExceptionally(failure);
            }

            @Override
            public void onResponse(Call call, Response response) {
                try {
                    reply.complete(OkHttpExecuteTest.reply(response));
                } catch (IOException failure) {
                    reply.completeExceptionally(failure);
                }
            }
        });
        return reply.get(30, java.util.concurrent.TimeUnit.SECONDS);
    }

    @Override
    boolean unpacks() {
        return true;
    }
}
