package dev.resilience.instrument.javahttp;

import dev.resilience.fallback.Answer;
import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The application's request, with what is to be sent along and the time that is left for it. */
final class SentRequest extends HttpRequest {

    private final HttpRequest request;
    private final Optional<BodyPublisher> body;
    private final HttpHeaders headers;
    private final Optional<Duration> timeout;

    private SentRequest(
            HttpRequest request, Optional<BodyPublisher> body, HttpHeaders headers, Optional<Duration> timeout) {
        this.request = request;
        this.body = body;
        this.headers = headers;
        this.timeout = timeout;
    }

    /**
     * The request itself, where nothing is to be changed.
     *
     * @param body in place of the request's own; null for that
     * @param along what is to be added, where the request has none of that name
     * @param millis that the response may take, 0 for no limit but the application's own
     */
    static HttpRequest of(HttpRequest request, @Nullable BodyPublisher body, List<Answer.Header> along, long millis) {
        HttpHeaders own = request.headers();
        HttpHeaders headers = with(along, own);
        if (headers == own && millis <= 0 && body == null) {
            return request;
        }
        Duration limit = Duration.ofMillis(millis);
        Optional<Duration> timeout = millis <= 0
                ? request.timeout()
                : request.timeout()
                        .filter(sooner -> sooner.compareTo(limit) < 0)
                        .or(() -> Optional.of(limit));
        return new SentRequest(request, body == null ? request.bodyPublisher() : Optional.of(body), headers, timeout);
    }

    private static HttpHeaders with(List<Answer.Header> along, HttpHeaders own) {
        Map<String, List<String>> headers = null;
        for (Answer.Header header : along) {
            if (own.firstValue(header.name()).isEmpty()) {
                if (headers == null) {
                    headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
                    headers.putAll(own.map());
                }
                headers.put(header.name(), List.of(header.value()));
            }
        }
        return headers == null ? own : HttpHeaders.of(headers, (name, value) -> true);
    }

    @Override
    public Optional<BodyPublisher> bodyPublisher() {
        return body;
    }

    @Override
    public String method() {
        return request.method();
    }

    @Override
    public Optional<Duration> timeout() {
        return timeout;
    }

    @Override
    public boolean expectContinue() {
        return request.expectContinue();
    }

    @Override
    public URI uri() {
        return request.uri();
    }

    @Override
    public Optional<Version> version() {
        return request.version();
    }

    @Override
    public HttpHeaders headers() {
        return headers;
    }
}
