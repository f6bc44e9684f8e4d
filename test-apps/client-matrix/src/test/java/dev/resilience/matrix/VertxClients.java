package dev.resilience.matrix;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import java.net.URI;
import java.util.concurrent.CompletableFuture;

/** What the tests of Vert.x share. */
final class VertxClients {

    static final Vertx VERTX = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(loops()));

    private VertxClients() {}

    /**
     * One where a response that is paused on another loop than its connection's may leave the connection paused for good, and
     * the next call unanswered: Vert.x issue 3849, mended in 4.0.3.
     */
    private static int loops() {
        return "4.0.0".equals(Vertx.class.getPackage().getImplementationVersion())
                ? 1
                : VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE;
    }

    static HttpClientOptions options() {
        return options(HttpClientConformance.POOLED);
    }

    static HttpClientOptions options(int connections) {
        HttpClientOptions options = new HttpClientOptions().setConnectTimeout(20_000);
        try {
            options.getClass().getMethod("setMaxPoolSize", int.class).invoke(options, connections);
        } catch (ReflectiveOperationException newer) {
            // Pools have options of their own there.
        }
        return options;
    }

    static HttpClient client() {
        return client(options());
    }

    static HttpClient client(HttpClientOptions options) {
        return client(options, HttpClientConformance.POOLED);
    }

    static HttpClient client(HttpClientOptions options, int connections) {
        try {
            Class<?> poolOptions = Class.forName("io.vertx.core.http.PoolOptions");
            Object pool = poolOptions.getConstructor().newInstance();
            poolOptions.getMethod("setHttp1MaxSize", int.class).invoke(pool, connections);
            return (HttpClient) Vertx.class
                    .getMethod("createHttpClient", HttpClientOptions.class, poolOptions)
                    .invoke(VERTX, options, pool);
        } catch (ReflectiveOperationException older) {
            return VERTX.createHttpClient(options);
        }
    }

    static <T> CompletableFuture<T> future(Future<T> future) {
        CompletableFuture<T> result = new CompletableFuture<>();
        future.onComplete(outcome -> {
            if (outcome.succeeded()) {
                result.complete(outcome.result());
            } else {
                result.completeExceptionally(outcome.cause());
            }
        });
        return result;
    }

    static Reply reply(int status, URI address, MultiMap headers, byte[] body, Object... more) {
        Reply.Builder reply = new Reply.Builder();
        headers.entries().forEach(header -> reply.header(header.getKey(), header.getValue()));
        for (Object seen : more) {
            reply.seen("besides", seen);
        }
        return reply.build(status, body).from(address);
    }
}
