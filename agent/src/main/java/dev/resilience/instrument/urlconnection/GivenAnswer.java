package dev.resilience.instrument.urlconnection;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.Reason;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An answer, told as the JDK's connection tells a response: in its order, with its exceptions. */
final class GivenAnswer implements Heard {

    private static final int FAILED = 400;
    private static final int NOT_FOUND = 404;
    private static final int GONE = 410;

    private final Answer.Http answer;
    private final URL url;
    private final GivenBody body;
    private final boolean bare;

    GivenAnswer(Answer.Http answer, String method, URL url) {
        this.answer = answer;
        this.url = url;
        this.bare = method.equals("HEAD") || answer.body().length == 0;
        this.body = new GivenBody(bare ? new byte[0] : answer.body());
    }

    @Override
    public @Nullable URL url() {
        try {
            return answer.address() == null ? null : answer.address().toURL();
        } catch (MalformedURLException | IllegalArgumentException unknown) {
            return null;
        }
    }

    @Override
    public int status() {
        return answer.status();
    }

    @Override
    public String reason() {
        return Reason.of(answer.status());
    }

    @Override
    public InputStream inputStream() throws IOException {
        if (answer.status() == NOT_FOUND || answer.status() == GONE) {
            throw new FileNotFoundException(url.toString());
        }
        if (answer.status() >= FAILED) {
            throw new IOException("Server returned HTTP response code: " + answer.status() + " for URL: " + url);
        }
        return body;
    }

    /** A connection that received all there is with the head says of itself that it is connected no more, and then tells none. */
    @Override
    public @Nullable InputStream errorStream() {
        return answer.status() >= FAILED && !bare ? body : null;
    }

    @Override
    public @Nullable Object secured(Secured what) throws IOException {
        return what.withoutPeer(null);
    }

    @Override
    public @Nullable String value(@Nullable String name) {
        if (name == null) {
            return statusLine();
        }
        for (int i = answer.headers().size() - 1; i >= 0; i--) {
            if (answer.headers().get(i).name().equalsIgnoreCase(name)) {
                return answer.headers().get(i).value();
            }
        }
        return null;
    }

    @Override
    public @Nullable String value(int index) {
        if (index == 0) {
            return statusLine();
        }
        return index < 0 || index > answer.headers().size()
                ? null
                : answer.headers().get(index - 1).value();
    }

    @Override
    public @Nullable String key(int index) {
        return index <= 0 || index > answer.headers().size()
                ? null
                : answer.headers().get(index - 1).name();
    }

    /** Values of one name from the last to the first. */
    @Override
    public Map<@Nullable String, List<String>> fields() {
        Map<@Nullable String, List<String>> fields = new HashMap<>();
        fields.put(null, Collections.singletonList(statusLine()));
        for (int i = answer.headers().size() - 1; i >= 0; i--) {
            Answer.Header header = answer.headers().get(i);
            fields.computeIfAbsent(header.name(), name -> new ArrayList<>()).add(header.value());
        }
        fields.replaceAll((name, values) -> Collections.unmodifiableList(values));
        return Collections.unmodifiableMap(fields);
    }

    /** What came whole with its head is left open. */
    @Override
    public void disconnect() {
        if (!bare) {
            body.close();
        }
    }

    private String statusLine() {
        return "HTTP/1.1 " + answer.status() + " " + reason();
    }
}
