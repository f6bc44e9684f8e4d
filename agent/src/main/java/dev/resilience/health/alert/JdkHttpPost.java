package dev.resilience.health.alert;

import dev.resilience.net.OwnHttp;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** By the JDK's client, which is made at the first post. Redirects are not followed. */
final class JdkHttpPost implements HttpPost {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final Executor executor;
    private @Nullable HttpClient client;

    /** @param executor whose work is the agent's own */
    JdkHttpPost(Executor executor) {
        this.executor = executor;
    }

    @Override
    public CompletionStage<Integer> post(String url, Map<String, String> headers, byte[] body) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                    .timeout(TIMEOUT)
                    .header("Content-Type", "application/json")
                    .header("User-Agent", "resilience.jar")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body));
            headers.forEach(request::setHeader);
            return client().sendAsync(request.build(), HttpResponse.BodyHandlers.discarding())
                    .thenApply(HttpResponse::statusCode);
        } catch (IllegalArgumentException refused) {
            // The message may show the address.
            return CompletableFuture.failedFuture(
                    new IllegalArgumentException("the JDK's client does not take this address or header"));
        }
    }

    private synchronized HttpClient client() {
        HttpClient known = client;
        if (known == null) {
            known = OwnHttp.client(
                    HttpClient.newBuilder()
                            .executor(executor)
                            .version(HttpClient.Version.HTTP_1_1)
                            .connectTimeout(TIMEOUT),
                    "http-alerts");
            client = known;
        }
        return known;
    }
}
