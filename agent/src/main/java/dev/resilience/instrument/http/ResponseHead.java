package dev.resilience.instrument.http;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpResponseView;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A response's head, whose headers are read from the client's object only when asked. Used by one thread at a time. */
public final class ResponseHead implements HttpResponseView {

    private final int status;
    private final Supplier<List<Answer.Header>> source;
    private @Nullable List<Answer.Header> headers;

    public ResponseHead(int status, Supplier<List<Answer.Header>> headers) {
        this.status = status;
        this.source = headers;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public List<String> header(String name) {
        return values(headers(), name);
    }

    @Override
    public List<Answer.Header> headers() {
        List<Answer.Header> known = headers;
        if (known == null) {
            known = source.get();
            headers = known;
        }
        return known;
    }

    /** Values of one header by case-insensitive name. */
    public static List<String> values(List<Answer.Header> headers, String name) {
        List<String> values = new ArrayList<>(1);
        for (Answer.Header header : headers) {
            if (header.name().equalsIgnoreCase(name)) {
                values.add(header.value());
            }
        }
        return values;
    }
}
