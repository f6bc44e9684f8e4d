package dev.resilience.health;

import dev.resilience.config.ServiceConfig.ProbeConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** {@code GET} on a URL; an answer below 400 is up. Redirects are an answer and are not followed. */
final class HttpCheck implements Check {

    private static final int FIRST_BAD_STATUS = 400;

    private final HttpClient client;
    private final URI uri;
    private final @Nullable String credentials;
    private @Nullable CompletableFuture<?> open;

    HttpCheck(ProbeConfig.Http config, Executor executor) {
        URI written = URI.create(config.url());
        this.uri = withoutUser(written);
        this.credentials = written.getUserInfo();
        this.client = HttpClient.newBuilder()
                .executor(executor)
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(config.timeout())
                .build();
    }

    @Override
    public String kind() {
        return "http";
    }

    @Override
    public String target() {
        return uri.getScheme() + "://" + uri.getRawAuthority() + uri.getRawPath();
    }

    @Override
    public CompletionStage<?> ask(Duration timeout) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(timeout)
                .header("User-Agent", "resilience.jar probe")
                .GET();
        if (credentials != null) {
            byte[] plain = credentials.getBytes(StandardCharsets.UTF_8);
            request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(plain));
        }
        CompletableFuture<HttpResponse<Void>> answer =
                client.sendAsync(request.build(), HttpResponse.BodyHandlers.discarding());
        open = answer;
        return answer.thenCompose(HttpCheck::judge);
    }

    @Override
    public void giveUp() {
        CompletableFuture<?> question = open;
        if (question != null) {
            question.cancel(true);
        }
    }

    @Override
    public void close() {
        giveUp();
    }

    private static CompletionStage<?> judge(HttpResponse<Void> response) {
        int status = response.statusCode();
        return status < FIRST_BAD_STATUS
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.failedFuture(new Down("status " + status));
    }

    private static URI withoutUser(URI uri) {
        if (uri.getRawUserInfo() == null) {
            return uri;
        }
        String authority = uri.getRawAuthority().substring(uri.getRawAuthority().lastIndexOf('@') + 1);
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        return URI.create(uri.getScheme() + "://" + authority + uri.getRawPath() + query);
    }
}
