package dev.resilience.guard;

import dev.resilience.fallback.Answer;
import dev.resilience.fallback.RegionClient;
import dev.resilience.net.OwnHttp;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP client for calls that the agent makes in an application's stead. Made when first used; its threads end when idle.
 * Thread-safe.
 */
public final class OwnClient implements RegionClient, AutoCloseable {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final int MOST_THREADS = 64;
    private static final long IDLE_SECONDS = 15;

    /** The client sets these itself and refuses to be told. */
    private static final Set<String> CLIENTS_OWN =
            Set.of("connection", "content-length", "expect", "host", "upgrade", "transfer-encoding");

    private final ThreadPoolExecutor threads;
    private final ScheduledThreadPoolExecutor timer;
    private @Nullable BoundedExchanges exchanges;

    /** @param threads makes daemons whose calls are never guarded */
    public OwnClient(ThreadFactory threads) {
        this.threads = new ThreadPoolExecutor(
                0, MOST_THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), threads);
        this.timer = new ScheduledThreadPoolExecutor(1, threads);
        timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        timer.setRemoveOnCancelPolicy(true);
    }

    ExecutorService threads() {
        return threads;
    }

    /** Begins a request with the headers that may be set. */
    static HttpRequest.Builder request(
            String method, URI uri, List<Answer.Header> headers, byte[] body, Duration timeout) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(timeout);
        for (Answer.Header header : headers) {
            if (!CLIENTS_OWN.contains(header.name().toLowerCase(Locale.ROOT))) {
                request.header(header.name(), header.value());
            }
        }
        return request.method(
                method,
                body.length == 0 ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofByteArray(body));
    }

    /** Sends on a thread of the agent's, and completes with the head of the response; the body is not read. */
    CompletionStage<HttpResponse<@Nullable Void>> send(HttpRequest request) {
        return CompletableFuture.supplyAsync(this::exchanges, threads).thenCompose(own -> own.head(request));
    }

    @Override
    public CompletionStage<Response> call(
            String method, URI uri, List<Answer.Header> headers, byte[] body, Duration timeout) {
        HttpRequest request = request(method, uri, headers, body, timeout).build();
        return CompletableFuture.supplyAsync(this::exchanges, threads)
                .thenCompose(own -> own.whole(request, MOST_BODY))
                .thenApply(OwnClient::response);
    }

    @Override
    public void close() {
        threads.shutdownNow();
        timer.shutdownNow();
    }

    private static Response response(HttpResponse<byte[]> response) {
        List<Answer.Header> headers = new ArrayList<>();
        response.headers().map().forEach((name, values) -> {
            for (String value : values) {
                headers.add(new Answer.Header(name, value));
            }
        });
        return new Response(response.statusCode(), headers, response.body());
    }

    private synchronized BoundedExchanges exchanges() {
        BoundedExchanges known = exchanges;
        if (known == null) {
            HttpClient client = OwnHttp.client(
                    HttpClient.newBuilder()
                            .executor(threads)
                            .version(HttpClient.Version.HTTP_1_1)
                            .connectTimeout(CONNECT_TIMEOUT)
                            .followRedirects(HttpClient.Redirect.NEVER),
                    "http-calls");
            known = new BoundedExchanges(client, timer);
            exchanges = known;
        }
        return known;
    }
}
