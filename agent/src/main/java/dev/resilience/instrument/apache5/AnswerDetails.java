package dev.resilience.instrument.apache5;

import java.util.Collections;
import java.util.Set;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpResponse;
import org.jspecify.annotations.Nullable;

/** What is known of an answer's body, of {@code length} bytes, before it is read. */
record AnswerDetails(HttpResponse head, int length) implements EntityDetails {

    @Override
    public long getContentLength() {
        return length;
    }

    @Override
    public @Nullable String getContentType() {
        return value("Content-Type");
    }

    @Override
    public @Nullable String getContentEncoding() {
        return value("Content-Encoding");
    }

    @Override
    public boolean isChunked() {
        return false;
    }

    @Override
    public Set<String> getTrailerNames() {
        return Collections.emptySet();
    }

    private @Nullable String value(String name) {
        Header header = head.getFirstHeader(name);
        return header == null ? null : header.getValue();
    }
}
