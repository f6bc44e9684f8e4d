package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The admin API by its address. */
final class HttpAdminClient implements AdminClient {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Larger than any answer of ours; bounds what a wrong address can send. */
    private static final int MOST_BYTES = 64_000_000;

    private final URI base;
    private final @Nullable String token;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();

    /** @throws Unreachable when {@code url} is no HTTP address */
    HttpAdminClient(String url, @Nullable String token) {
        this.base = base(url);
        this.token = token;
    }

    @Override
    public String target() {
        return base.toString();
    }

    @Override
    public Answer ask(String method, String pathAndQuery) {
        try {
            HttpRequest request = request(pathAndQuery)
                    .timeout(PATIENCE)
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .build();
            HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
            try (InputStream in = response.body()) {
                return new Answer(response.statusCode(), json(in.readNBytes(MOST_BYTES)));
            }
        } catch (IOException failure) {
            throw unreachable(failure);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new Unreachable("interrupted");
        }
    }

    /** Opens the stream of events; the caller closes it. */
    InputStream stream(String pathAndQuery) {
        try {
            HttpResponse<InputStream> response = http.send(
                    request(pathAndQuery).header("Accept", "text/event-stream").build(), BodyHandlers.ofInputStream());
            if (response.statusCode() != 200) {
                try (InputStream in = response.body()) {
                    new Answer(response.statusCode(), json(in.readNBytes(MOST_BYTES))).orRefusal();
                }
            }
            return response.body();
        } catch (IOException failure) {
            throw unreachable(failure);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new Unreachable("interrupted");
        }
    }

    @Override
    public void close() {
        // The JDK's client before Java 21 has nothing to close.
    }

    private HttpRequest.Builder request(String pathAndQuery) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + pathAndQuery));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return request;
    }

    private Unreachable unreachable(IOException failure) {
        return new Unreachable(
                failure instanceof ConnectException
                        ? "nothing answers at " + base
                        : "no answer from " + base + " (" + failure + ")");
    }

    private JsonNode json(byte[] body) {
        JsonNode parsed = Json.parse(body);
        if (parsed == null) {
            throw new Unreachable("what answers at " + base + " is not the admin API of resilience.jar");
        }
        return parsed;
    }

    private static URI base(String url) {
        try {
            URI uri = URI.create(url.contains("://") ? url : "http://" + url);
            String scheme = uri.getScheme();
            if (uri.getRawAuthority() != null && (scheme.equals("http") || scheme.equals("https"))) {
                return URI.create(scheme + "://" + uri.getRawAuthority() + path(uri));
            }
        } catch (IllegalArgumentException unparsable) {
            // Said below.
        }
        throw new Unreachable("--url has to be an address such as http://127.0.0.1:9797");
    }

    private static String path(URI uri) {
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }
}
