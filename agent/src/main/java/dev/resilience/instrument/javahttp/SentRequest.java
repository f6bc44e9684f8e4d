package dev.resilience.instrument.javahttp;

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

/** The application's request, with the trace context to send along and the time that is left for it. */
final class SentRequest extends HttpRequest {

    private static final String TRACEPARENT = "traceparent";

    private final HttpRequest request;
    private final HttpHeaders headers;
    private final Optional<Duration> timeout;

    private SentRequest(HttpRequest request, HttpHeaders headers, Optional<Duration> timeout) {
        this.request = request;
        this.headers = headers;
        this.timeout = timeout;
    }

    /**
     * The request itself, where nothing is to be changed.
     *
     * @param traceparent null when there is none to send
     * @param millis that the response may take, 0 for no limit but the application's own
     */
    static HttpRequest of(HttpRequest request, @Nullable String traceparent, long millis) {
        HttpHeaders own = request.headers();
        HttpHeaders headers =
                traceparent == null || own.firstValue(TRACEPARENT).isPresent() ? own : with(traceparent, own);
        if (headers == own && millis <= 0) {
            return request;
        }
        Duration limit = Duration.ofMillis(millis);
        Optional<Duration> timeout = millis <= 0
                ? request.timeout()
                : request.timeout()
                        .filter(sooner -> sooner.compareTo(limit) < 0)
                        .or(() -> Optional.of(limit));
        return new SentRequest(request, headers, timeout);
    }

    private static HttpHeaders with(String traceparent, HttpHeaders own) {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(own.map());
        headers.put(TRACEPARENT, List.of(traceparent));
        return HttpHeaders.of(headers, (name, value) -> true);
    }

    @Override
    public Optional<BodyPublisher> bodyPublisher() {
        return request.bodyPublisher();
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
