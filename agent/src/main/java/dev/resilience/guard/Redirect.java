package dev.resilience.guard;

import dev.resilience.fallback.Headers;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a response leads to (RFC 9110, 15.4). Not by the JDK's client, which takes every header along: what says who asks
 * stays with the origin that it was meant for. From https nothing leads to http.
 */
final class Redirect {

    private Redirect() {}

    /** @return null when the response is the answer */
    static @Nullable HttpRequest after(HttpRequest request, HttpResponse<?> response) {
        String method = method(response.statusCode(), request.method());
        String location = response.headers().firstValue("Location").orElse(null);
        if (method == null || location == null) {
            return null;
        }
        URI from = request.uri();
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException noAddress) {
            return null;
        }
        if (to.getHost() == null || !(is(to, "https") || (is(to, "http") && is(from, "http")))) {
            return null;
        }
        HttpRequest.BodyPublisher body = method.equals(request.method())
                ? request.bodyPublisher().orElseGet(HttpRequest.BodyPublishers::noBody)
                : HttpRequest.BodyPublishers.noBody();
        HttpRequest.Builder next = HttpRequest.newBuilder(to).method(method, body);
        request.timeout().ifPresent(next::timeout);
        boolean atHome = origin(from).equals(origin(to));
        request.headers().map().forEach((name, values) -> {
            if (atHome || !Headers.credential(name)) {
                values.forEach(value -> next.header(name, value));
            }
        });
        return next.build();
    }

    private static @Nullable String method(int status, String method) {
        return switch (status) {
            case 301, 302 -> method.equals("POST") ? "GET" : method;
            case 303 -> method.equals("HEAD") ? method : "GET";
            case 307, 308 -> method;
            default -> null;
        };
    }

    private static boolean is(URI uri, String scheme) {
        return scheme.equalsIgnoreCase(uri.getScheme());
    }

    private static String origin(URI uri) {
        int standard = is(uri, "https") ? 443 : 80;
        int port = uri.getPort() < 0 ? standard : uri.getPort();
        return (uri.getScheme() + "://" + Objects.requireNonNullElse(uri.getHost(), "") + ":" + port)
                .toLowerCase(Locale.ROOT);
    }
}
