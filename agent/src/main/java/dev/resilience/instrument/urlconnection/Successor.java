package dev.resilience.instrument.urlconnection;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.http.HiddenFields;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Authenticator;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URL;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import javax.net.ssl.HttpsURLConnection;
import org.jspecify.annotations.Nullable;

/**
 * A connection that makes a call again which another one made: a connection connects once. Set up as that one was; what it
 * is asked is past the gate. Used by one thread at a time.
 */
final class Successor implements Heard {

    private final HttpURLConnection connection;
    private @Nullable InputStream body;
    private @Nullable IOException failure;

    private Successor(HttpURLConnection connection) {
        this.connection = connection;
    }

    /** Whether all is known of a connection that is to be set up again. */
    static boolean possible(HttpURLConnection first) {
        try {
            HiddenFields.value(first, "instProxy");
            HiddenFields.value(first, "authenticator");
            HiddenFields.value(first, "httpsURLConnection");
            return true;
        } catch (ReflectiveOperationException | RuntimeException closed) {
            return false;
        }
    }

    /** @param headers as the application set them */
    static Successor of(HttpURLConnection first, URL url, String method, List<Answer.Header> headers)
            throws IOException {
        HttpURLConnection next;
        try {
            Object proxy = HiddenFields.value(first, "instProxy");
            next = (HttpURLConnection) (proxy instanceof Proxy own ? url.openConnection(own) : url.openConnection());
            if (next instanceof HttpsURLConnection secure
                    && HiddenFields.value(first, "httpsURLConnection") instanceof HttpsURLConnection given) {
                secure.setSSLSocketFactory(given.getSSLSocketFactory());
                secure.setHostnameVerifier(given.getHostnameVerifier());
            }
            if (HiddenFields.value(first, "authenticator") instanceof Authenticator own) {
                next.setAuthenticator(own);
            }
        } catch (ReflectiveOperationException unknown) {
            throw new IOException(unknown);
        }
        next.setRequestMethod(method);
        next.setDoOutput(first.getDoOutput());
        next.setDoInput(first.getDoInput());
        next.setUseCaches(first.getUseCaches());
        next.setIfModifiedSince(first.getIfModifiedSince());
        next.setAllowUserInteraction(first.getAllowUserInteraction());
        next.setInstanceFollowRedirects(first.getInstanceFollowRedirects());
        headers.forEach(header -> next.addRequestProperty(header.name(), header.value()));
        return new Successor(next);
    }

    HttpURLConnection connection() {
        return connection;
    }

    /** Goes as far as the application went with the first. @param sent what it wrote, null when it wrote nothing */
    @Nullable
    Object go(Step step, @Nullable ByteArrayOutputStream sent) throws IOException {
        ThreadMarks.enter();
        try {
            switch (step) {
                case CONNECT -> {
                    connection.connect();
                    return null;
                }
                case SEND -> {
                    return connection.getOutputStream();
                }
                default -> {
                    if (sent != null) {
                        OutputStream out = connection.getOutputStream();
                        if (out != sent) {
                            sent.writeTo(out);
                        }
                    }
                    return connection.getInputStream();
                }
            }
        } finally {
            ThreadMarks.exit();
        }
    }

    /** How it ended, as the application is to hear it however often it asks. */
    void ended(@Nullable InputStream given, @Nullable Throwable thrown) {
        body = given;
        failure = thrown instanceof IOException known ? known : null;
    }

    @Override
    public URL url() {
        return connection.getURL();
    }

    @Override
    public int status() throws IOException {
        ThreadMarks.enter();
        try {
            return connection.getResponseCode();
        } finally {
            ThreadMarks.exit();
        }
    }

    @Override
    public @Nullable String reason() throws IOException {
        ThreadMarks.enter();
        try {
            return connection.getResponseMessage();
        } finally {
            ThreadMarks.exit();
        }
    }

    @Override
    public InputStream inputStream() throws IOException {
        IOException known = failure;
        if (known != null) {
            throw known;
        }
        InputStream given = body;
        return given == null ? connection.getInputStream() : given;
    }

    @Override
    public @Nullable InputStream errorStream() {
        return past(connection::getErrorStream);
    }

    @Override
    public @Nullable Object secured(Secured what) throws IOException {
        ThreadMarks.enter();
        try {
            return what.of((HttpsURLConnection) connection);
        } finally {
            ThreadMarks.exit();
        }
    }

    @Override
    public @Nullable String value(@Nullable String name) {
        return past(() -> connection.getHeaderField(name));
    }

    @Override
    public @Nullable String value(int index) {
        return past(() -> connection.getHeaderField(index));
    }

    @Override
    public @Nullable String key(int index) {
        return past(() -> connection.getHeaderFieldKey(index));
    }

    @Override
    public Map<@Nullable String, List<String>> fields() {
        return java.util.Objects.requireNonNull(past(connection::getHeaderFields));
    }

    @Override
    public void disconnect() {
        ThreadMarks.enter();
        try {
            connection.disconnect();
        } finally {
            ThreadMarks.exit();
        }
    }

    private static <T> @Nullable T past(Supplier<@Nullable T> asked) {
        ThreadMarks.enter();
        try {
            return asked.get();
        } finally {
            ThreadMarks.exit();
        }
    }
}
