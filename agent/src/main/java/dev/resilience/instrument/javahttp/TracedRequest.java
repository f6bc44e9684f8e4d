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

/** The application's request with the trace context to send along. */
final class TracedRequest extends HttpRequest {

    private static final String TRACEPARENT = "traceparent";

    private final HttpRequest request;
    private final HttpHeaders headers;

    private TracedRequest(HttpRequest request, HttpHeaders headers) {
        this.request = request;
        this.headers = headers;
    }

    /** The request itself, when it has a trace context of its own. */
    static HttpRequest of(HttpRequest request, String traceparent) {
        if (request.headers().firstValue(TRACEPARENT).isPresent()) {
            return request;
        }
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(request.headers().map());
        headers.put(TRACEPARENT, List.of(traceparent));
        return new TracedRequest(request, HttpHeaders.of(headers, (name, value) -> true));
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
        return request.timeout();
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
