package dev.resilience.instrument.javahttp;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpResponseView;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The head of a response. */
record HeadView(int status, HttpHeaders values) implements HttpResponseView {

    @Override
    public List<String> header(String name) {
        return values.allValues(name);
    }

    @Override
    public List<Answer.Header> headers() {
        List<Answer.Header> headers = new ArrayList<>();
        for (Map.Entry<String, List<String>> entry : values.map().entrySet()) {
            // HTTP/2's pseudo-headers are part of the status line, not of the headers.
            if (!entry.getKey().startsWith(":")) {
                for (String value : entry.getValue()) {
                    headers.add(new Answer.Header(entry.getKey(), value));
                }
            }
        }
        return headers;
    }
}
