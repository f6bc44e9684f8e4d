package dev.resilience.instrument.reactor;

import java.net.URI;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpRequest;
import org.springframework.web.reactive.function.client.ClientRequest;

/** The request of an answer in place, for the application's error handlers. Each generation of Spring asks for some of it. */
record AnsweredRequest(ClientRequest request) implements HttpRequest {

    @Override
    public HttpMethod getMethod() {
        return request.method();
    }

    @Override
    public String getMethodValue() {
        return request.method().name();
    }

    @Override
    public URI getURI() {
        return request.url();
    }

    public Map<String, Object> getAttributes() {
        return request.attributes();
    }

    @Override
    public HttpHeaders getHeaders() {
        return request.headers();
    }
}
