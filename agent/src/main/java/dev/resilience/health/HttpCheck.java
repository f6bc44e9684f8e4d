package dev.resilience.health;

import dev.resilience.config.ServiceConfig.ProbeConfig;
import dev.resilience.net.OwnHttp;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A request to a URL, judged by status and body. Redirects are an answer and are not followed. */
final class HttpCheck implements Check {

    /** Of a body no more is read. */
    private static final int MOST_BODY = 65_536;

    private final HttpClient client;
    private final URI uri;
    private final ProbeConfig.Http config;
    private final @Nullable Pattern body;
    private final @Nullable String credentials;
    private @Nullable CompletableFuture<?> open;

    HttpCheck(ProbeConfig.Http config, Executor executor) {
        URI written = URI.create(config.url());
        this.config = config;
        this.body = config.body() == null ? null : Pattern.compile(config.body());
        this.uri = withoutUser(written);
        this.credentials = written.getUserInfo();
        this.client = OwnHttp.client(
                HttpClient.newBuilder()
                        .executor(executor)
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(config.timeout()),
                "http-probe");
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
                .setHeader("User-Agent", "resilience.jar probe")
                .method(config.method(), HttpRequest.BodyPublishers.noBody());
        if (credentials != null) {
            byte[] plain = credentials.getBytes(StandardCharsets.UTF_8);
            request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(plain));
        }
        config.headers().forEach(request::setHeader);
        CompletableFuture<HttpResponse<String>> answer = client.sendAsync(request.build(), this::taken);
        open = answer;
        return answer.thenCompose(this::judge);
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

    private HttpResponse.BodySubscriber<String> taken(HttpResponse.ResponseInfo head) {
        return body == null
                ? HttpResponse.BodySubscribers.replacing("")
                : HttpResponse.BodySubscribers.mapping(HttpResponse.BodySubscribers.ofInputStream(), HttpCheck::start);
    }

    /** What is over stays unread, and the connection is given up. */
    private static String start(InputStream in) {
        try (in) {
            return new String(in.readNBytes(MOST_BODY), StandardCharsets.UTF_8);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private CompletionStage<?> judge(HttpResponse<String> response) {
        int status = response.statusCode();
        if (config.statuses().stream().noneMatch(range -> range.contains(status))) {
            return CompletableFuture.failedFuture(new Down("status " + status));
        }
        Pattern wanted = body;
        if (wanted != null && !wanted.matcher(response.body()).find()) {
            return CompletableFuture.failedFuture(new Down("the body does not match"));
        }
        return CompletableFuture.completedFuture(null);
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
