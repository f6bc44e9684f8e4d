package dev.resilience.fallback;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request of no client. */
record FakeHttp(String method, URI uri, List<Answer.Header> headers, byte @Nullable [] body) implements Request.Http {

    static FakeHttp get(String uri, String... headers) {
        return of("GET", uri, new byte[0], headers);
    }

    static FakeHttp of(String method, String uri, byte @Nullable [] body, String... headers) {
        return new FakeHttp(method, URI.create(uri), headers(headers), body);
    }

    static List<Answer.Header> headers(String... headers) {
        List<Answer.Header> list = new ArrayList<>();
        for (String header : headers) {
            int colon = header.indexOf(": ");
            list.add(new Answer.Header(header.substring(0, colon), header.substring(colon + 2)));
        }
        return list;
    }

    @Override
    public List<String> header(String name) {
        return Headers.values(headers, name);
    }
}
