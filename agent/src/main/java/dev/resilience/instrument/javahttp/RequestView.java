package dev.resilience.instrument.javahttp;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpRequestView;
import dev.resilience.instrument.http.StandIn;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A request as it will be sent: cookies and credentials that the client adds by itself belong to it, or one user could be
 * given another's stored answer.
 */
record RequestView(
        HttpClient client, HttpRequest request, @Nullable OneTimePublisher oneTime, Executor elsewhere)
        implements HttpRequestView {

    @Override
    public String method() {
        return request.method();
    }

    @Override
    public URI uri() {
        return request.uri();
    }

    @Override
    public List<String> header(String name) {
        List<String> values = request.headers().allValues(name);
        if (name.equalsIgnoreCase("Cookie") && client.cookieHandler().isPresent()) {
            return cookies(values);
        }
        if (values.isEmpty()
                && name.equalsIgnoreCase("Authorization")
                && client.authenticator().isPresent()) {
            // Whose they are is known only after a challenge; no two clients are taken for the same user.
            return Collections.singletonList(StandIn.of(client));
        }
        return values;
    }

    @Override
    public List<Answer.Header> headers() {
        List<Answer.Header> headers = new ArrayList<>();
        request.headers().map().forEach((name, values) -> {
            for (String value : values) {
                headers.add(new Answer.Header(name, value));
            }
        });
        return headers;
    }

    @Override
    public byte @Nullable [] body() {
        return oneTime == null ? RequestBody.of(request.bodyPublisher().orElse(null)) : oneTime.bytes();
    }

    @Override
    public CompletionStage<?> gathered() {
        return oneTime == null ? HttpRequestView.super.gathered() : oneTime.gather(elsewhere);
    }

    private List<String> cookies(List<String> set) {
        try {
            Map<String, List<String>> added = client.cookieHandler()
                    .orElseThrow()
                    .get(request.uri(), request.headers().map());
            List<String> all = new ArrayList<>(set);
            added.forEach((name, values) -> {
                if (name.equalsIgnoreCase("Cookie")) {
                    all.addAll(values);
                }
            });
            return all;
        } catch (IOException unreadable) {
            return set;
        }
    }
}
