package dev.resilience.instrument.urlconnection;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.BodyStream;
import dev.resilience.instrument.http.ResponseHead;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The response that a connection received: its head as the connection tells it past the gate, and its body as the application
 * reads it. Does not hold the connection. Used by one thread at a time.
 */
final class Received {

    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;

    private final String method;
    private @Nullable Body body;

    /** Weakly, because it holds the connection. */
    private @Nullable WeakReference<InputStream> watched;

    Received(String method) {
        this.method = method;
    }

    /** @return -1 where there is none */
    static int status(HttpURLConnection connection) {
        ThreadMarks.enter();
        try {
            return connection.getResponseCode();
        } catch (IOException | RuntimeException none) {
            return -1;
        } finally {
            ThreadMarks.exit();
        }
    }

    /** Asked while the call is being settled; what is kept of the call afterwards must not keep the connection. */
    static ResponseHead head(int status, HttpURLConnection connection) {
        WeakReference<HttpURLConnection> held = new WeakReference<>(connection);
        return new ResponseHead(status, () -> {
            HttpURLConnection there = held.get();
            return there == null ? List.of() : headers(there);
        });
    }

    private static List<Answer.Header> headers(HttpURLConnection connection) {
        ThreadMarks.enter();
        try {
            return all(connection);
        } finally {
            ThreadMarks.exit();
        }
    }

    private static List<Answer.Header> all(HttpURLConnection connection) {
        List<Answer.Header> headers = new ArrayList<>();
        for (int i = 0; ; i++) {
            String value = connection.getHeaderField(i);
            if (value == null) {
                return headers;
            }
            String name = connection.getHeaderFieldKey(i);
            if (name != null) {
                headers.add(new Answer.Header(name, value));
            }
        }
    }

    /** Lets go of a response that is replaced. */
    static void discard(HttpURLConnection connection, @Nullable Object given) {
        ThreadMarks.enter();
        try (InputStream body = given instanceof InputStream stream ? stream : connection.getErrorStream()) {
            if (body != null) {
                body.skip(body.available());
            }
        } catch (IOException broken) {
            // Nobody reads this body.
        } finally {
            ThreadMarks.exit();
        }
    }

    /** The call's outcome waits for the body. */
    void await(Body opened) {
        body = opened;
    }

    /** The application wants no more of it. */
    void abandon() {
        Body open = body;
        if (open != null) {
            open.abandon();
        }
    }

    /** What the application reads. @param given what the connection gave to read */
    @Nullable
    Object over(HttpURLConnection connection, @Nullable Object given) {
        InputStream before = watched == null ? null : watched.get();
        Body watch = body;
        if (before != null || watched != null || watch == null || !(given instanceof InputStream own)) {
            return before == null ? given : before;
        }
        long length = bare(status(connection)) ? 0 : length(connection);
        InputStream stream = new BodyStream(own, watch, length, false);
        if (length == 0) {
            watch.complete();
        }
        watched = new WeakReference<>(stream);
        return stream;
    }

    /** Whether no body comes, whatever length is announced. */
    private boolean bare(int status) {
        return method.equals("HEAD") || status == NO_CONTENT || status == NOT_MODIFIED;
    }

    private static long length(HttpURLConnection connection) {
        ThreadMarks.enter();
        try {
            return connection.getContentLengthLong();
        } finally {
            ThreadMarks.exit();
        }
    }
}
